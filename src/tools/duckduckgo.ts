import { WebAccessError } from '../errors';
import { refuseUnknownOptions, requireWholeNumber } from '../web/options';
import { isRecord } from '../web/record';
import { queryOf, SearchPace, searchDuckDuckGo } from './duckduckgo-search';
import { type SearchResult, showResults } from './search-results';
import type { Tool, ToolHandle } from './tool';
import { askProxy, checkWebToolOptions, proxyOf, WEB_TOOL_OPTIONS, type WebToolOptions } from './web-proxy';

export interface DuckDuckGoSearchOptions extends WebToolOptions {
  /** Default 10. */
  maxResults?: number;
  userAgent?: string;
}

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
  readonly #pace = new SearchPace();

  constructor(options: DuckDuckGoSearchOptions = {}) {
    refuseUnknownOptions('DuckDuckGoSearchTool', options, [...WEB_TOOL_OPTIONS, 'maxResults', 'userAgent']);
    checkWebToolOptions('DuckDuckGoSearchTool', options);
    if (options.maxResults !== undefined) requireWholeNumber('DuckDuckGoSearchTool', 'maxResults', options.maxResults);
    this.#options = options;
  }

  async execute({ query }: { query: string }, handle: ToolHandle): Promise<string> {
    const { proxy, maxResults = 10, ...options } = this.#options;
    const proxyAddress = await proxyOf(this.name, proxy);
    const asked = queryOf(query);
    const results =
      proxyAddress === undefined
        ? await searchDuckDuckGo(asked, handle, options, () => this.#pace.turn(handle))
        : await this.#askProxy(proxyAddress, asked, handle);
    const shown = results.slice(0, maxResults);
    for (const { url } of shown) handle.addresses.add(url);
    return showResults(asked, shown);
  }

  async #askProxy(proxy: string, query: string, handle: ToolHandle): Promise<SearchResult[]> {
    await this.#pace.turn(handle);
    const parameters = { q: query };
    const text = await askProxy(
      this.name,
      proxy,
      '/search',
      parameters,
      'application/json',
      handle,
      this.#options.timeoutMs,
    );
    return readProxyResults(text);
  }
}

/** Keeps of a proxy's JSON what has the right shape. */
function readProxyResults(text: string): SearchResult[] {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (cause) {
    throw new WebAccessError('web_search: the proxy answered /search with broken JSON', { reason: 'network', cause });
  }
  if (!isRecord(body) || !Array.isArray(body.results)) {
    throw new WebAccessError('web_search: the proxy answered /search without `results`', { reason: 'network' });
  }
  return body.results.filter(isRecord).flatMap(({ title, url, snippet }) => {
    if (typeof title !== 'string' || typeof url !== 'string' || !/^https?:\/\/\S+$/i.test(url)) return [];
    return [{ title, url, snippet: typeof snippet === 'string' ? snippet : '' }];
  });
}
