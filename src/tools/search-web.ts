import { WebAccessError } from '../errors';
import { isRecord } from '../web/record';
import { queryOf, searchDuckDuckGo } from './duckduckgo-search';
import { type SearchResult, showResults } from './search-results';
import type { ToolHandle } from './tool';
import { askProxy, proxyOf } from './web-proxy';
import type { WebToolOptions } from './web-tool-options';

export interface DuckDuckGoSearchOptions extends WebToolOptions {
  /** Default 10. */
  maxResults?: number;
  userAgent?: string;
}

/** What `DuckDuckGoSearchTool` does with a query. `waitForTurn` is called before each request. */
export async function searchWeb(
  toolName: string,
  query: string,
  options: DuckDuckGoSearchOptions,
  waitForTurn: () => Promise<void>,
  handle: ToolHandle,
): Promise<string> {
  const { proxy, maxResults = 10, ...guard } = options;
  const proxyAddress = await proxyOf(toolName, proxy);
  const asked = queryOf(query);
  const results =
    proxyAddress === undefined
      ? await searchDuckDuckGo(asked, handle, guard, waitForTurn)
      : await askForResults(toolName, proxyAddress, asked, options.timeoutMs, waitForTurn, handle);
  const shown = results.slice(0, maxResults);
  for (const { url } of shown) handle.addresses.add(url);
  return showResults(asked, shown);
}

async function askForResults(
  toolName: string,
  proxy: string,
  query: string,
  timeoutMs: number | undefined,
  waitForTurn: () => Promise<void>,
  handle: ToolHandle,
): Promise<SearchResult[]> {
  await waitForTurn();
  const text = await askProxy(toolName, proxy, '/search', { q: query }, 'application/json', handle, timeoutMs);
  return readProxyResults(text);
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
