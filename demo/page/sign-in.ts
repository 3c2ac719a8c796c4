const HUB = 'https://huggingface.co';
const SCOPE = 'openid profile inference-api';
const CHANNEL = 'smolagents-web-sign-in';
const WINDOW = 'popup,width=520,height=720';

const MAX_REASON = 200; // characters of what a server says
const LOOK_MS = 500; // how soon it is said that the window is gone

/** What the page says while it waits. */
const HINTS = {
  open: 'Sign in in the window that has opened.',
  gone: 'That window was closed, or Hugging Face keeps it apart from this page. If it is open, go on there; if not, press Sign in again.',
  letIn: 'Hugging Face let you in. Waiting for its token.',
  stray:
    'A sign-in came back that is not the last one of this page: another tab’s, or an earlier window’s. Go on in the newest window, or press Sign in again.',
} as const;

/** What the window that came back from Hugging Face says. */
export interface Returned {
  code: string | null;
  state: string | null;
  error: string | null;
  /** `error` in words. */
  reason: string | null;
}

/** Who waits for the token. */
export interface Waiting {
  /** Gives the sign-in up, and closes its window where that can be. */
  signal: AbortSignal;
  /** What is said to the visitor meanwhile. */
  tell(hint: string): void;
}

/**
 * Signs in at Hugging Face in a window of its own, and gives the token. Authorization code with PKCE: there is no secret, and what
 * proves that it is this page stays in its memory. Rejects with what went wrong and what to do next, or when `signal` aborts. When
 * the window is gone `tell` is told, and the sign-in goes on: the hub may cut its window off from this page (by its opener
 * policy), which then looks closed from the first, while what it brings is heard all the same.
 */
export async function signIn(clientId: string, { signal, tell }: Waiting): Promise<string> {
  if (!isSecureContext)
    throw new Error('Signing in needs a page with https, or on localhost. Open it there, or paste a token.');
  const verifier = randomText();
  const state = randomText();
  const redirect = `${location.origin}/signed-in.html`;
  const address = new URL('/oauth/authorize', HUB);
  const challenge = base64Url(
    new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))),
  );
  for (const [name, value] of Object.entries({
    ...{ client_id: clientId, redirect_uri: redirect, response_type: 'code', scope: SCOPE, state },
    ...{ code_challenge: challenge, code_challenge_method: 'S256' },
  }))
    address.searchParams.set(name, value);
  signal.throwIfAborted();
  const { code, error, reason } = await returnOf(state, address, { signal, tell });
  if (!code) throw refusal('Hugging Face did not let you in', error, reason);
  tell(HINTS.letIn);
  return exchanged({ client_id: clientId, code, redirect_uri: redirect, code_verifier: verifier }, signal);
}

/** What the page at `/signed-in.html` does: hands on what is in its address, takes that away, and closes. */
export function handBack(): void {
  const given = new URLSearchParams(location.search);
  history.replaceState(null, '', location.pathname);
  const [code, state, error] = [given.get('code'), given.get('state'), given.get('error')];
  const returned: Returned = { code, state, error, reason: given.get('error_description') };
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage(returned);
  channel.close();
  close();
}

/** Another tab may sign in at the same time: only the answer with this state counts. */
async function returnOf(state: string, address: URL, { signal, tell }: Waiting): Promise<Returned> {
  const channel = new BroadcastChannel(CHANNEL);
  const opened = open(address, '_blank', WINDOW);
  if (opened) tell(HINTS.open);
  const looking = setInterval(() => {
    if (!opened?.closed) return;
    clearInterval(looking);
    tell(HINTS.gone);
  }, LOOK_MS);
  try {
    if (!opened)
      throw new Error('The browser kept the window shut. Allow windows of this page, and press Sign in again.');
    return await new Promise<Returned>((resolve, reject) => {
      channel.onmessage = ({ data }: MessageEvent<Returned>) => {
        if (data.state === state) resolve(data);
        else tell(HINTS.stray);
      };
      signal.addEventListener('abort', () => {
        opened.close();
        reject(signal.reason);
      });
    });
  } finally {
    clearInterval(looking);
    channel.close();
  }
}

async function exchanged(given: Readonly<Record<string, string>>, signal: AbortSignal): Promise<string> {
  const body = new URLSearchParams({ grant_type: 'authorization_code', ...given });
  const reply = await fetch(`${HUB}/oauth/token`, { method: 'POST', body, signal }).catch(() => undefined);
  signal.throwIfAborted();
  if (!reply)
    throw new Error(
      'Hugging Face let you in and then did not answer. Look at your connection, and press Sign in again.',
    );
  const { access_token: token, error, error_description: reason } = Object(await reply.json().catch(() => undefined));
  if (reply.ok && typeof token === 'string') return token;
  throw refusal('Hugging Face gave no token', error ?? `it answered ${reply.status}`, reason);
}

/** `error` is a word of OAuth, or what stands in its place; `reason` says more where the server does. */
function refusal(what: string, error: unknown, reason: unknown): Error {
  const why = [reason, error].find((text) => typeof text === 'string' && text !== '') ?? 'no reason was given';
  const next = /^(invalid|unauthorized)_client$/.test(String(error))
    ? 'Check the client id: its app must be one without a secret'
    : 'Press Sign in again, or paste a token';
  return new Error(`${what}: ${String(why).slice(0, MAX_REASON).replace(/\.$/, '')}. ${next}.`);
}

function randomText(): string {
  return base64Url(crypto.getRandomValues(new Uint8Array(32)));
}

function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
