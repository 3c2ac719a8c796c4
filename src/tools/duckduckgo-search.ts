import { WebAccessError } from '../errors';
import { decodeText } from '../web/charset';
import { held } from '../web/clock';
import { type GuardOptions, guardedFetch } from '../web/fetch';
import { type ResultPage, readResultPage } from './duckduckgo-results';
import { USER_AGENT } from './read-page';
import type { SearchResult } from './search-results';
import type { ToolHandle } from './tool';

export interface DuckDuckGoRequestOptions
  extends Pick<GuardOptions, 'allowHosts' | 'timeoutMs' | 'resolve' | 'connect'> {
  userAgent?: string | undefined;
}

/** What a search needs of a tool's handle. */
export type SearchHandle = Pick<ToolHandle, 'fetch' | 'signal' | 'clock'>;

const ENDPOINTS = ['https://html.duckduckgo.com/html/', 'https://lite.duckduckgo.com/lite/'];
const MAX_QUERY_CHARACTERS = 500; // what the service takes

/**
 * The results of one query, best first: of the service's `html` page and, where that gives nothing usable, of the `lite` one.
 * Throws `WebAccessError` when both fail, and says so when the service asks for slower queries. `waitForTurn` is called
 * before each request. What a worker's `/search` gives.
 */
export async function searchDuckDuckGo(
  query: string,
  handle: SearchHandle,
  options: DuckDuckGoRequestOptions = {},
  waitForTurn: () => Promise<void> = async () => {},
): Promise<SearchResult[]> {
  const asked = queryOf(query);
  let failure: unknown;
  for (const endpoint of ENDPOINTS) {
    try {
      await waitForTurn();
      const page = await ask(endpoint, asked, handle, options);
      if (page.results.length > 0 || page.isEmpty) return page.results;
      failure = page.isChallenge ? rateLimited() : (failure ?? unreadable());
    } catch (cause) {
      handle.signal.throwIfAborted();
      failure = cause;
    }
  }
  throw failure;
}

/** The query as the service takes it. */
export function queryOf(text: string): string {
  return text.trim().slice(0, MAX_QUERY_CHARACTERS);
}

async function ask(
  endpoint: string,
  query: string,
  { fetch, signal, clock }: SearchHandle,
  { userAgent = USER_AGENT, ...guard }: DuckDuckGoRequestOptions,
): Promise<ResultPage> {
  const reply = await guardedFetch(fetch, endpoint, {
    ...guard,
    ...{ signal, clock },
    method: 'POST',
    body: new URLSearchParams({ q: query, b: '', kl: '' }).toString(),
    headers: { accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded', 'user-agent': userAgent },
    contentTypes: ['text/html'],
  });
  // it answers 202 with a puzzle, or 403, to those who ask too often
  if ([202, 403, 429].includes(reply.status)) throw rateLimited();
  if (reply.status >= 400) throw new WebAccessError(`${endpoint} answered ${reply.status}`, { reason: 'status' });
  return held(clock, () => readResultPage(decodeText(reply.bytes, reply.contentType))); // its parser is fetched
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
