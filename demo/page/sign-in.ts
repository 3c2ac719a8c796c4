const HUB = 'https://huggingface.co';
const SCOPE = 'openid profile inference-api';
const CHANNEL = 'smolagents-web-sign-in';
const WINDOW = 'popup,width=520,height=720';

const MAX_REASON = 200; // characters of what a server says

/** What the window that came back from Hugging Face says. */
export interface Returned {
  code: string | null;
  state: string | null;
  error: string | null;
  /** `error` in words. */
  reason: string | null;
}

/**
 * Signs in at Hugging Face in a window of its own, and gives the token. Authorization code with PKCE: there is no secret, and what
 * proves that it is this page stays in its memory. Rejects with what went wrong and what to do next, or when `signal` aborts. A
 * window that the visitor closes is not noticed: the hub may cut it off from this page, and then it looks closed from the first.
 */
export async function signIn(clientId: string, signal: AbortSignal): Promise<string> {
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
  const { code, error, reason } = await returnOf(state, () => open(address, '_blank', WINDOW), signal);
  if (!code) throw refusal('Hugging Face did not let you in', reason ?? error ?? 'no reason was given');
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
async function returnOf(state: string, openWindow: () => Window | null, signal: AbortSignal): Promise<Returned> {
  const channel = new BroadcastChannel(CHANNEL);
  try {
    if (!openWindow())
      throw new Error('The browser kept the window shut. Allow windows of this page, and press Sign in again.');
    return await new Promise<Returned>((resolve, reject) => {
      channel.onmessage = ({ data }: MessageEvent<Returned>) => {
        if (data.state === state) resolve(data);
      };
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
  } finally {
    channel.close();
  }
}

async function exchanged(given: Readonly<Record<string, string>>, signal: AbortSignal): Promise<string> {
  const body = new URLSearchParams({ grant_type: 'authorization_code', ...given });
  const reply = await fetch(`${HUB}/oauth/token`, { method: 'POST', body, signal }).catch(() => undefined);
  if (!reply)
    throw new Error(
      'Hugging Face let you in and then did not answer. Look at your connection, and press Sign in again.',
    );
  const { access_token: token, error_description: reason } = Object(await reply.json().catch(() => undefined));
  if (reply.ok && typeof token === 'string') return token;
  throw refusal('Hugging Face gave no token', typeof reason === 'string' ? reason : `it answered ${reply.status}`);
}

function refusal(what: string, why: string): Error {
  const reason = why.slice(0, MAX_REASON).replace(/\.$/, '');
  return new Error(`${what}: ${reason}. Press Sign in again.`);
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
