import { part } from './parts';
import { signIn } from './sign-in';

/** The sign-in that goes on. */
let underWay: AbortController | undefined;

/** Signs in with the app that the form names, and fills in the token. A second call gives the first up. */
export async function signInHere(): Promise<void> {
  const hint = part('sign-in-hint', HTMLParagraphElement);
  const clientId = part('client-id', HTMLInputElement).value.trim();
  underWay?.abort();
  if (clientId === '') {
    hint.textContent = `Make an OAuth app at huggingface.co/settings/applications/new, without a secret, with the redirect address ${location.origin}/signed-in.html and the scope inference-api; its client id goes above.`;
    return;
  }
  underWay = new AbortController();
  const { signal } = underWay;
  const tell = (text: string) => {
    if (!signal.aborted) hint.textContent = text;
  };
  try {
    const token = await signIn(clientId, { signal, tell });
    signal.throwIfAborted();
    part('hub-token', HTMLInputElement).value = token;
    tell('Signed in. The token is in the memory of this page only.');
  } catch (error) {
    tell(error instanceof Error ? error.message : String(error));
  }
}
