import { WebAccessError } from '../errors';
import { judgeAddress, showAddress } from '../web/address';
import { refuseSetting, refuseUnknownOptions, requireWholeNumber } from '../web/options';
import { cutText, withoutControls } from './cut-text';
import { MAX_PAGE_CHARACTERS, readPage, USER_AGENT } from './read-page';
import type { Tool, ToolHandle } from './tool';
import { askProxy, checkWebToolOptions, proxyOf, WEB_TOOL_OPTIONS, type WebToolOptions } from './web-proxy';

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

const OPTIONS = [
  ...WEB_TOOL_OPTIONS,
  'maxOutputCharacters',
  'maxBodyBytes',
  'maxRedirects',
  'userAgent',
  'onlyKnownAddresses',
];
const MAX_NAMED = 5; // of the addresses that a refusal names

/** Reads one page as Markdown. Throws `WebAccessError` on a refused address, a type that is not text, a status of 400 or more. */
export class VisitWebpageTool implements Tool<{ url: string }, string> {
  readonly name = 'visit_webpage';
  readonly spanName = 'VisitWebpageTool'; // a string: minifiers rename classes
  readonly description = 'Reads the page at a URL and returns its text as Markdown.';
  readonly inputs = { url: { type: 'string', description: 'Full address of the page, with https://' } } as const;
  readonly outputType = 'string';
  readonly idempotent = true;
  readonly #options: VisitWebpageOptions;

  constructor(options: VisitWebpageOptions = {}) {
    refuseUnknownOptions('VisitWebpageTool', options, OPTIONS);
    checkWebToolOptions('VisitWebpageTool', options);
    const { maxOutputCharacters, maxBodyBytes, maxRedirects, onlyKnownAddresses } = options;
    if (maxOutputCharacters !== undefined)
      requireWholeNumber('VisitWebpageTool', 'maxOutputCharacters', maxOutputCharacters);
    if (maxBodyBytes !== undefined) requireWholeNumber('VisitWebpageTool', 'maxBodyBytes', maxBodyBytes);
    if (maxRedirects !== undefined) requireWholeNumber('VisitWebpageTool', 'maxRedirects', maxRedirects, 0);
    if (onlyKnownAddresses !== undefined && typeof onlyKnownAddresses !== 'boolean')
      refuseSetting('VisitWebpageTool', 'onlyKnownAddresses', onlyKnownAddresses, 'true or false');
    this.#options = options;
  }

  async execute({ url }: { url: string }, handle: ToolHandle): Promise<string> {
    const {
      proxy,
      maxOutputCharacters = MAX_PAGE_CHARACTERS,
      maxBodyBytes,
      userAgent = USER_AGENT,
      onlyKnownAddresses = false,
      ...guard
    } = this.#options;
    const { href } = judgeAddress(url, guard.allowHosts); // a refusal needs no proxy to say so
    if (onlyKnownAddresses && !handle.addresses.has(href)) throw unknownAddress(href, handle.addresses.found);
    const proxyAddress = await proxyOf(this.name, proxy);
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
      this.name,
      proxyAddress,
      '/visit',
      { url: href },
      'text/markdown',
      handle,
      guard.timeoutMs,
    );
    return cutText(withoutControls(page).trim(), maxOutputCharacters);
  }
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
