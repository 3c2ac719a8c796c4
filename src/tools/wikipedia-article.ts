import { WebAccessError } from '../errors';
import { decodeText } from '../web/charset';
import { guardedFetch } from '../web/fetch';
import { isRecord } from '../web/record';
import { cutText, withoutControls } from './cut-text';
import { MAX_PAGE_CHARACTERS } from './read-page';
import type { ToolHandle } from './tool';
import type { WebToolOptions } from './web-tool-options';

/** The web options of the other tools without `proxy`, which no page needs here. */
export interface WikipediaSearchOptions extends Omit<WebToolOptions, 'proxy'> {
  /** Who asks, with an address for complaints, as Wikipedia's rules want it: `my-app (me@example.org)`. */
  userAgent?: string;
  /** Language code of the edition; default `en`. */
  language?: string;
  /** The whole article (`text`, the default) or its opening (`summary`). */
  contentType?: 'text' | 'summary';
  /** Longest result, in characters; default 40,000. */
  maxOutputCharacters?: number;
}

/** What `WikipediaSearchTool` does with a query. */
export async function findArticle(
  query: string,
  options: WikipediaSearchOptions,
  { fetch, signal, clock, addresses }: ToolHandle,
): Promise<string> {
  const {
    userAgent = 'smolagents-web',
    language = 'en',
    maxOutputCharacters = MAX_PAGE_CHARACTERS,
    allowHosts,
    timeoutMs,
    resolve,
    connect,
    contentType,
  } = options;
  const site = `https://${language}.wikipedia.org`;
  const reply = await guardedFetch(fetch, `${site}/w/api.php?${parametersOf(query, contentType)}`, {
    ...{ signal, clock, allowHosts, timeoutMs },
    ...(resolve ? { resolve } : {}),
    ...(connect ? { connect } : {}),
    headers: { accept: 'application/json', 'api-user-agent': userAgent }, // browsers set no `user-agent`; the API reads this one
    contentTypes: ['application/json'],
  });
  if (reply.status >= 400) throw new WebAccessError(`${site} answered ${reply.status}`, { reason: 'status' });
  const article = readArticle(decodeText(reply.bytes, reply.contentType));
  if (!article) return `No article was found for ${JSON.stringify(query.slice(0, 300))}. Try other or fewer words.`;
  const { title, text } = article;
  const address = `${site}/wiki/${encodeURIComponent(title.replaceAll(' ', '_'))}`;
  addresses.add(address);
  return `# ${title}\n\n${cutText(withoutControls(text).trim(), maxOutputCharacters)}\n\nSource: ${address}`;
}

/** One request finds the best hit and its text: `generator=search`, `prop=extracts` (see the API's own help pages). */
function parametersOf(query: string, contentType: WikipediaSearchOptions['contentType']): URLSearchParams {
  const parameters = new URLSearchParams({
    action: 'query',
    format: 'json',
    formatversion: '2',
    origin: '*',
    redirects: '1',
    generator: 'search',
    gsrsearch: query,
    gsrlimit: '1',
    prop: 'extracts',
    explaintext: '1',
    exsectionformat: 'wiki',
  });
  if (contentType === 'summary') parameters.set('exintro', '1');
  return parameters;
}

function readArticle(json: string): { title: string; text: string } | undefined {
  let body: unknown;
  try {
    body = JSON.parse(json);
  } catch (cause) {
    throw new WebAccessError('wikipedia_search: the API answered with broken JSON', { reason: 'network', cause });
  }
  const pages = isRecord(body) && isRecord(body.query) && Array.isArray(body.query.pages) ? body.query.pages : [];
  const page: unknown = pages[0];
  if (!isRecord(page) || typeof page.title !== 'string') return undefined;
  return { title: page.title, text: typeof page.extract === 'string' ? page.extract : '' };
}
