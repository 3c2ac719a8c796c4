import { checkAllowHosts, checkHttpAddress } from '../web/address';
import type { Connect, Resolve } from '../web/fetch';
import { MAX_TIMER_MS, refuseSetting, requireHeaderText, requireWholeNumber } from '../web/options';

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
  /** Ties a connection to the addresses looked up by `resolve`. */
  connect?: Connect;
}

export const WEB_TOOL_OPTIONS = ['proxy', 'allowHosts', 'timeoutMs', 'resolve', 'connect'];

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
