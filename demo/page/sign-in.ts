const HUB = 'https://huggingface.co';
const SCOPE = 'openid profile inference-api';
const CHANNEL = 'smolagents-web-sign-in';
const WINDOW = 'popup,width=520,height=720';

/** What the window that came back from Hugging Face says. */
export interface Returned {
  code: string | null;
  state: string | null;
  error: string | null;
}

/**
 * Signs in at Hugging Face in a window of its own, and gives the token. Authorization code with PKCE: there is no secret, and what
 * proves that it is this page stays in its memory. Rejects, saying why. Of a window that the visitor closes a page is not told: the
 * promise is then never settled.
 */
export async function signIn(clientId: string): Promise<string> {
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
  const { code, error } = await returnOf(state, () => open(address, '_blank', WINDOW));
  if (!code) throw new Error(`Hugging Face did not let you in: ${error ?? 'no reason was given'}.`);
  return exchanged({ client_id: clientId, code, redirect_uri: redirect, code_verifier: verifier });
}

/** What the page at `/signed-in.html` does: hands on what is in its address, takes that away, and closes. */
export function handBack(): void {
  const given = new URLSearchParams(location.search);
  history.replaceState(null, '', location.pathname);
  const returned: Returned = { code: given.get('code'), state: given.get('state'), error: given.get('error') };
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage(returned);
  channel.close();
  close();
}

/** Another tab may sign in at the same time: only the answer with this state counts. */
async function returnOf(state: string, openWindow: () => Window | null): Promise<Returned> {
  const channel = new BroadcastChannel(CHANNEL);
  try {
    const returned = new Promise<Returned>((resolve) => {
      channel.onmessage = ({ data }: MessageEvent<Returned>) => {
        if (data.state === state) resolve(data);
      };
    });
    if (!openWindow())
      throw new Error('The browser kept the window shut. Allow windows of this page, and press Sign in again.');
    return await returned;
  } finally {
    channel.close();
  }
}

async function exchanged(given: Readonly<Record<string, string>>): Promise<string> {
  const body = new URLSearchParams({ grant_type: 'authorization_code', ...given });
  const reply = await fetch(`${HUB}/oauth/token`, { method: 'POST', body });
  const answer: unknown = await reply.json().catch(() => undefined);
  const token =
    typeof answer === 'object' && answer !== null && 'access_token' in answer ? answer.access_token : undefined;
  if (!reply.ok || typeof token !== 'string')
    throw new Error(`Hugging Face gave no token: it answered ${reply.status}.`);
  return token;
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
