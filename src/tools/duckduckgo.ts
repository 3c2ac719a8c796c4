import { WebAccessError } from '../errors';
import { decodeText } from '../web/charset';
import type { Clock } from '../web/clock';
import { guardedFetch } from '../web/fetch';
import { refuseUnknownOptions, requireWholeNumber } from '../web/options';
import { isRecord } from '../web/record';
import { type ResultPage, readResultPage } from './duckduckgo-results';
import { USER_AGENT } from './read-page';
import { type SearchResult, showResults } from './search-results';
import type { Tool, ToolHandle } from './tool';
import { askProxy, checkWebToolOptions, proxyOf, WEB_TOOL_OPTIONS, type WebToolOptions } from './web-proxy';

export interface DuckDuckGoSearchOptions extends WebToolOptions {
  /** Default 10. */
  maxResults?: number;
  userAgent?: string;
}

const ENDPOINTS = ['https://html.duckduckgo.com/html/', 'https://lite.duckduckgo.com/lite/'];
const MIN_GAP_MS = 1_000; // at most one query a second, as smolagents keeps it
const MAX_QUERY_CHARACTERS = 500; // what the service takes

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
  readonly #nextStart = new WeakMap<Clock, number>(); // a time means something only on its own clock

  constructor(options: DuckDuckGoSearchOptions = {}) {
    refuseUnknownOptions('DuckDuckGoSearchTool', options, [...WEB_TOOL_OPTIONS, 'maxResults', 'userAgent']);
    checkWebToolOptions('DuckDuckGoSearchTool', options);
    if (options.maxResults !== undefined) requireWholeNumber('DuckDuckGoSearchTool', 'maxResults', options.maxResults);
    this.#options = options;
  }

  async execute({ query }: { query: string }, handle: ToolHandle): Promise<string> {
    const { proxy, maxResults = 10 } = this.#options;
    const proxyAddress = await proxyOf(this.name, proxy);
    const asked = query.trim().slice(0, MAX_QUERY_CHARACTERS);
    const results =
      proxyAddress === undefined
        ? await this.#search(asked, handle)
        : await this.#askProxy(proxyAddress, asked, handle);
    return showResults(asked, results.slice(0, maxResults));
  }

  async #waitForTurn({ clock, signal }: ToolHandle): Promise<void> {
    const now = clock.now();
    const start = Math.max(now, this.#nextStart.get(clock) ?? 0);
    this.#nextStart.set(clock, start + MIN_GAP_MS);
    if (start > now) await clock.sleep(start - now, signal);
  }

  async #search(query: string, handle: ToolHandle): Promise<SearchResult[]> {
    let failure: unknown;
    for (const endpoint of ENDPOINTS) {
      try {
        const page = await this.#ask(endpoint, query, handle);
        if (page.results.length > 0 || page.isEmpty) return page.results;
        failure = page.isChallenge ? rateLimited() : (failure ?? unreadable());
      } catch (cause) {
        handle.signal.throwIfAborted();
        failure = cause;
      }
    }
    throw failure;
  }

  async #ask(endpoint: string, query: string, handle: ToolHandle): Promise<ResultPage> {
    await this.#waitForTurn(handle);
    const { fetch, signal, clock } = handle;
    const { userAgent = USER_AGENT, allowHosts, timeoutMs, resolve, connect } = this.#options;
    const reply = await guardedFetch(fetch, endpoint, {
      ...{ signal, clock, allowHosts, timeoutMs },
      ...(resolve ? { resolve } : {}),
      ...(connect ? { connect } : {}),
      method: 'POST',
      body: new URLSearchParams({ q: query, b: '', kl: '' }).toString(),
      headers: { accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded', 'user-agent': userAgent },
      contentTypes: ['text/html'],
    });
    // it answers 202 with a puzzle, or 403, to those who ask too often
    if ([202, 403, 429].includes(reply.status)) throw rateLimited();
    if (reply.status >= 400) throw new WebAccessError(`${endpoint} answered ${reply.status}`, { reason: 'status' });
    return readResultPage(decodeText(reply.bytes, reply.contentType));
  }

  async #askProxy(proxy: string, query: string, handle: ToolHandle): Promise<SearchResult[]> {
    await this.#waitForTurn(handle);
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

function rateLimited(): WebAccessError {
  return new WebAccessError(
    'web_search: DuckDuckGo takes no more queries for now (rate limit); wait a minute before the next search',
    {
      reason: 'status',
    },
  );
}

function unreadable(): WebAccessError {
  return new WebAccessError('web_search: DuckDuckGo answered with a page that holds no results', { reason: 'status' });
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
