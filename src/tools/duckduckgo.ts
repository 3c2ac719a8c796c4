import { lazyPart } from '../web/lazy-part';
import { refuseUnknownOptions, requireWholeNumber } from '../web/options';
import { RequestPace } from '../web/request-pace';
import type { DuckDuckGoSearchOptions } from './search-web';
import type { Tool, ToolHandle } from './tool';
import { checkWebToolOptions, WEB_TOOL_OPTIONS } from './web-tool-options';

const MIN_GAP_MS = 1_000; // at most one query a second, as smolagents keeps it

/**
 * Searches the web by DuckDuckGo's pages without scripts: the `html` one and, where it gives nothing usable, the `lite` one.
 * Throws `WebAccessError` when both fail, and says so when the service asks for slower queries.
 */
export class DuckDuckGoSearchTool implements Tool<{ query: string }, string> {
  readonly name = 'web_search';
  readonly spanName = 'DuckDuckGoSearchTool'; // a string: minifiers rename classes
  readonly description =
    'Searches the web and returns the best results, each with its title, address and a few words of the page.';
  readonly inputs = { query: { type: 'string', description: 'What to look for' } } as const;
  readonly outputType = 'string';
  readonly idempotent = true;
  readonly #options: DuckDuckGoSearchOptions;
  readonly #pace = new RequestPace(MIN_GAP_MS);

  constructor(options: DuckDuckGoSearchOptions = {}) {
    refuseUnknownOptions('DuckDuckGoSearchTool', options, [...WEB_TOOL_OPTIONS, 'maxResults', 'userAgent']);
    checkWebToolOptions('DuckDuckGoSearchTool', options);
    if (options.maxResults !== undefined) requireWholeNumber('DuckDuckGoSearchTool', 'maxResults', options.maxResults);
    this.#options = options;
  }

  async execute({ query }: { query: string }, handle: ToolHandle): Promise<string> {
    const { searchWeb } = await lazyPart(this.name, () => import('./search-web'), handle.clock);
    return searchWeb(this.name, query, this.#options, () => this.#pace.turn(handle.clock, handle.signal), handle);
  }
}
