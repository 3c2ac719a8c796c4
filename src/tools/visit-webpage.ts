import { lazyPart } from '../web/lazy-part';
import { refuseSetting, refuseUnknownOptions, requireWholeNumber } from '../web/options';
import type { Tool, ToolHandle } from './tool';
import type { VisitWebpageOptions } from './visit-page';
import { checkWebToolOptions, WEB_TOOL_OPTIONS } from './web-tool-options';

const OPTIONS = [
  ...WEB_TOOL_OPTIONS,
  'maxOutputCharacters',
  'maxBodyBytes',
  'maxRedirects',
  'userAgent',
  'onlyKnownAddresses',
];

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
    const { visitPage } = await lazyPart(this.name, () => import('./visit-page'), handle.clock);
    return visitPage(this.name, url, this.#options, handle);
  }
}
