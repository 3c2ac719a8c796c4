import { WebAccessError } from '../errors';
import { judgeAddress, showAddress } from '../web/address';
import { cutText, withoutControls } from './cut-text';
import { MAX_PAGE_CHARACTERS, readPage, USER_AGENT } from './read-page';
import type { ToolHandle } from './tool';
import { askProxy, proxyOf } from './web-proxy';
import type { WebToolOptions } from './web-tool-options';

const MAX_NAMED = 5; // of the addresses that a refusal names

export interface VisitWebpageOptions extends WebToolOptions {
  /** Longest result, in characters; default 40,000. */
  maxOutputCharacters?: number;
  /** Decoded bytes read of a page; default 5 MiB. */
  maxBodyBytes?: number;
  /** Default 5. */
  maxRedirects?: number;
  userAgent?: string;
  /**
   * True visits only addresses of the user's task (or `additionalArgs`) and of search results of the run, so that no page can
   * send the model elsewhere: neither to an address with the run's words in it, nor by a link. Default false.
   */
  onlyKnownAddresses?: boolean;
}

/** What `VisitWebpageTool` does with an address. */
export async function visitPage(
  toolName: string,
  url: string,
  options: VisitWebpageOptions,
  handle: ToolHandle,
): Promise<string> {
  const {
    proxy,
    maxOutputCharacters = MAX_PAGE_CHARACTERS,
    maxBodyBytes,
    userAgent = USER_AGENT,
    onlyKnownAddresses = false,
    ...guard
  } = options;
  const { href } = judgeAddress(url, guard.allowHosts); // a refusal needs no proxy to say so
  if (onlyKnownAddresses && !handle.addresses.has(href)) throw unknownAddress(href, handle.addresses.found);
  const proxyAddress = await proxyOf(toolName, proxy);
  if (proxyAddress === undefined) {
    const { signal, clock } = handle;
    const headers = { 'user-agent': userAgent };
    return readPage(handle.fetch, href, {
      ...guard,
      signal,
      clock,
      headers,
      maxOutputCharacters,
      maxBytes: maxBodyBytes,
    });
  }
  const page = await askProxy(
    toolName,
    proxyAddress,
    '/visit',
    { url: href },
    'text/markdown',
    handle,
    guard.timeoutMs,
  );
  return cutText(withoutControls(page).trim(), maxOutputCharacters);
}

function unknownAddress(address: string, found: readonly string[]): WebAccessError {
  const named = found.length
    ? `, such as ${found.slice(-MAX_NAMED).join(' , ')}`
    : '; search first, nothing was found yet';
  return new WebAccessError(
    `${showAddress(address)} is refused: only addresses that stand in the task or in search results may be visited, as they are written there${named}`,
    { reason: 'address' },
  );
}
