import { WebAccessError } from '../errors';
import { checkAllowHosts, checkHttpAddress } from '../web/address';
import { decodeText } from '../web/charset';
import { type Connect, type GuardedReply, guardedFetch, type Resolve } from '../web/fetch';
import { MAX_TIMER_MS, refuseSetting, requireHeaderText, requireWholeNumber } from '../web/options';
import { isRecord } from '../web/record';
import { withoutControls } from './cut-text';
import type { ToolHandle } from './tool';

/** What the tools that go to the web have in common. */
export interface WebToolOptions {
  /**
   * Address that fetches for a page, which cannot read other sites: `https://host/path`, or `/path` of the page's own
   * origin. Default: the page's own origin; in Node and workers none, they go to the web themselves.
   *
   * It answers `GET {proxy}/search?q=TEXT` with JSON `{ "results": [{ "title", "url", "snippet" }] }`, best first, and
   * `GET {proxy}/visit?url=ADDRESS` with `text/markdown`, the page already converted. What fails is a status of 400 or
   * more with JSON `{ "error": "why" }`, which the model reads. Both guard against addresses inside their own network.
   */
  proxy?: string;
  /** Hosts that may be visited beside the public ones, as `host` or `host:port`; default none. */
  allowHosts?: readonly string[];
  /** Time for one call of the tool's requests, redirects and body included; default 20 s. */
  timeoutMs?: number;
  /** Looks names up, so that those which resolve to private addresses are refused; default: no look. */
  resolve?: Resolve;
  /** Ties a connection to the addresses looked up (see `GuardOptions`). */
  connect?: Connect;
}

export const WEB_TOOL_OPTIONS = ['proxy', 'allowHosts', 'timeoutMs', 'resolve', 'connect'];

const MAX_ERROR_BYTES = 4_096;
const MAX_ERROR_CHARACTERS = 500;

/** Throws `AgentConfigurationError` for a setting that no call could use. */
export function checkWebToolOptions(
  owner: string,
  { proxy, allowHosts, timeoutMs, resolve, connect, userAgent }: WebToolOptions & { userAgent?: string },
): void {
  if (allowHosts !== undefined) checkAllowHosts(owner, allowHosts);
  if (timeoutMs !== undefined) requireWholeNumber(owner, 'timeoutMs', timeoutMs, 1, MAX_TIMER_MS);
  if (resolve !== undefined && typeof resolve !== 'function') refuseSetting(owner, 'resolve', resolve, 'a function');
  if (connect !== undefined && typeof connect !== 'function') refuseSetting(owner, 'connect', connect, 'a function');
  if (userAgent !== undefined) requireHeaderText(owner, 'userAgent', userAgent);
  if (proxy === undefined) return;
  checkHttpAddress(owner, 'proxy', proxy, { paths: true });
  if (/[?#]/.test(proxy))
    refuseSetting(owner, 'proxy', proxy.replace(/[?#].*$/s, '…'), 'an address without query and fragment');
}

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
 * it gives some; else saying what did not answer and that both the same origin and `proxy` are ways to have it.
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
    throw why === undefined
      ? missing(`answered ${reply.status}`)
      : new WebAccessError(`${toolName}: ${why}`, { reason: 'status' });
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
