import { judgeAddress } from '../web/address';
import { refuseUnknownOptions, requireWholeNumber } from '../web/options';
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
}

const OPTIONS = [...WEB_TOOL_OPTIONS, 'maxOutputCharacters', 'maxBodyBytes', 'maxRedirects', 'userAgent'];

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
    const { maxOutputCharacters, maxBodyBytes, maxRedirects } = options;
    if (maxOutputCharacters !== undefined)
      requireWholeNumber('VisitWebpageTool', 'maxOutputCharacters', maxOutputCharacters);
    if (maxBodyBytes !== undefined) requireWholeNumber('VisitWebpageTool', 'maxBodyBytes', maxBodyBytes);
    if (maxRedirects !== undefined) requireWholeNumber('VisitWebpageTool', 'maxRedirects', maxRedirects, 0);
    this.#options = options;
  }

  async execute({ url }: { url: string }, handle: ToolHandle): Promise<string> {
    const {
      proxy,
      maxOutputCharacters = MAX_PAGE_CHARACTERS,
      maxBodyBytes,
      userAgent = USER_AGENT,
      ...guard
    } = this.#options;
    const { href } = judgeAddress(url, guard.allowHosts); // a refusal needs no proxy to say so
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
