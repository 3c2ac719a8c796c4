import { WebAccessError } from '../errors';
import { decodeText } from '../web/charset';
import { guardedFetch } from '../web/fetch';
import { refuseSetting, refuseUnknownOptions, requireWholeNumber } from '../web/options';
import { isRecord } from '../web/record';
import { cutText, withoutControls } from './cut-text';
import { MAX_PAGE_CHARACTERS } from './read-page';
import type { Tool, ToolHandle } from './tool';
import { checkWebToolOptions, WEB_TOOL_OPTIONS, type WebToolOptions } from './web-proxy';

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

const OPTIONS = [
  ...WEB_TOOL_OPTIONS.filter((option) => option !== 'proxy'),
  'userAgent',
  'language',
  'contentType',
  'maxOutputCharacters',
];

/** Finds one article of Wikipedia and gives its text. Needs no proxy in pages: the API answers every origin. */
export class WikipediaSearchTool implements Tool<{ query: string }, string> {
  readonly name = 'wikipedia_search';
  readonly spanName = 'WikipediaSearchTool'; // a string: minifiers rename classes
  readonly description = 'Finds the Wikipedia article that fits best and returns its title, text and address.';
  readonly inputs = { query: { type: 'string', description: 'Topic or title to look up' } } as const;
  readonly outputType = 'string';
  readonly idempotent = true;
  readonly #options: WikipediaSearchOptions;

  constructor(options: WikipediaSearchOptions = {}) {
    refuseUnknownOptions('WikipediaSearchTool', options, OPTIONS);
    checkWebToolOptions('WikipediaSearchTool', options);
    const { language = 'en', contentType = 'text', maxOutputCharacters } = options;
    if (typeof language !== 'string' || !/^[a-z][a-z0-9-]{1,15}$/.test(language))
      refuseSetting('WikipediaSearchTool', 'language', language, 'a code such as "en"');
    if (contentType !== 'text' && contentType !== 'summary')
      refuseSetting('WikipediaSearchTool', 'contentType', contentType, '"text" or "summary"');
    if (maxOutputCharacters !== undefined)
      requireWholeNumber('WikipediaSearchTool', 'maxOutputCharacters', maxOutputCharacters);
    this.#options = options;
  }

  async execute({ query }: { query: string }, { fetch, signal, clock, addresses }: ToolHandle): Promise<string> {
    const {
      userAgent = 'smolagents-web',
      language = 'en',
      maxOutputCharacters = MAX_PAGE_CHARACTERS,
      allowHosts,
      timeoutMs,
      resolve,
      connect,
    } = this.#options;
    const site = `https://${language}.wikipedia.org`;
    const reply = await guardedFetch(fetch, `${site}/w/api.php?${this.#parameters(query)}`, {
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
  #parameters(query: string): URLSearchParams {
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
    if (this.#options.contentType === 'summary') parameters.set('exintro', '1');
    return parameters;
  }
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
