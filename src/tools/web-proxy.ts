import { WebAccessError } from '../errors';
import { decodeText } from '../web/charset';
import { type GuardedReply, guardedFetch } from '../web/fetch';
import { isRecord } from '../web/record';
import { withoutControls } from './cut-text';
import type { ToolHandle } from './tool';

const MAX_ERROR_BYTES = 4_096;
const MAX_ERROR_CHARACTERS = 500;

/** Where to send requests for other sites, without a slash at its end; undefined where they can be fetched directly. */
export async function proxyOf(toolName: string, proxy: string | undefined): Promise<string | undefined> {
  if (proxy !== undefined && !proxy.startsWith('/')) return proxy.replace(/\/+$/, '');
  const { runtime } = await import('#runtime');
  const { webOrigin } = runtime;
  if (webOrigin !== undefined) return `${webOrigin}${proxy ?? ''}`.replace(/\/+$/, '');
  if (runtime.name === 'browser' || proxy !== undefined) {
    throw new WebAccessError(
      `${toolName}: this page has no origin of its own whose /search and /visit could be asked; ${ADVICE}`,
      {
        reason: 'network',
      },
    );
  }
  return undefined;
}

const ADVICE = 'serve /search and /visit from the origin of the page, or give the tool the `proxy` option';

/**
 * Asks a proxy for one of its routes and gives the reply's text. Throws `WebAccessError`: with the proxy's own words where
 * it gives some, as the tool says them where it reads the web itself; else saying what did not answer and that both the same origin and `proxy` are ways to have it.
 */
export async function askProxy(
  toolName: string,
  proxy: string,
  route: '/search' | '/visit',
  parameters: Readonly<Record<string, string>>,
  type: 'application/json' | 'text/markdown',
  { signal, fetch, clock }: ToolHandle,
  timeoutMs?: number,
): Promise<string> {
  const missing = (what: string, cause?: unknown) =>
    new WebAccessError(`${toolName}: ${proxy}${route} ${what}; ${ADVICE}`, { reason: 'network', cause });
  let reply: GuardedReply;
  try {
    reply = await guardedFetch(fetch, `${proxy}${route}?${new URLSearchParams(parameters)}`, {
      signal,
      clock,
      timeoutMs,
      allowHosts: [hostAndPort(proxy)],
      headers: { accept: type },
      credentials: 'same-origin', // the page's own worker may know its visitor by a cookie
      maxErrorBytes: MAX_ERROR_BYTES,
    });
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof WebAccessError && cause.reason === 'timeout') throw cause;
    throw missing('does not answer', cause);
  }
  const text = decodeText(reply.bytes, reply.contentType);
  if (reply.status >= 400) {
    const why = errorOf(text);
    throw why === undefined ? missing(`answered ${reply.status}`) : new WebAccessError(why, { reason: 'status' });
  }
  // an app that answers every path with its start page is not a proxy
  if (!reply.contentType.toLowerCase().startsWith(type)) throw missing(`does not answer with ${type}`);
  return text;
}

function hostAndPort(address: string): string {
  const { hostname, port, protocol } = new URL(address);
  return `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`;
}

function errorOf(text: string): string | undefined {
  try {
    const body: unknown = JSON.parse(text);
    const why = isRecord(body) ? body.error : undefined;
    return typeof why === 'string' && why !== '' ? withoutControls(why).slice(0, MAX_ERROR_CHARACTERS) : undefined;
  } catch {
    return undefined;
  }
}
