import { AgentConfigurationError, WebAccessError } from '../errors';
import { decodeText } from '../web/charset';
import { guardedFetch } from '../web/fetch';
import { refuseUnknownOptions, requireWholeNumber } from '../web/options';
import { cutText, withoutControls } from './cut-text';
import { isObject } from './json-schema';
import { MAX_PAGE_CHARACTERS } from './read-page';
import type { Tool, ToolHandle } from './tool';

export interface WikipediaSearchOptions {
  /** Who asks, with an address for complaints, as Wikipedia's rules want it: `my-app (me@example.org)`. */
  userAgent?: string;
  /** Language code of the edition; default `en`. */
  language?: string;
  /** The whole article (`text`, the default) or its opening (`summary`). */
  contentType?: 'text' | 'summary';
  /** Longest result, in characters; default 40,000. */
  maxOutputCharacters?: number;
  timeoutMs?: number;
}

const OPTIONS = ['userAgent', 'language', 'contentType', 'maxOutputCharacters', 'timeoutMs'];

/** Finds one article of Wikipedia and gives its text. Needs no proxy in pages: the API answers every origin. */
export class WikipediaSearchTool implements Tool<{ query: string }, string> {
  readonly name = 'wikipedia_search';
  readonly spanName = 'WikipediaSearchTool'; // a string: minifiers rename classes
  readonly description = 'Finds the Wikipedia article that fits best and returns its title, text and address.';
  readonly inputs = { query: { type: 'string', description: 'Topic or title to look up' } } as const;
  readonly outputType = 'string';
  readonly #options: WikipediaSearchOptions;

  constructor(options: WikipediaSearchOptions = {}) {
    refuseUnknownOptions('WikipediaSearchTool', options, OPTIONS);
    const { language = 'en', contentType = 'text', maxOutputCharacters, timeoutMs } = options;
    if (!/^[a-z][a-z0-9-]{1,15}$/.test(language)) {
      throw new AgentConfigurationError(
        `WikipediaSearchTool: language is ${JSON.stringify(language)}, must be a code such as "en"`,
      );
    }
    if (contentType !== 'text' && contentType !== 'summary') {
      throw new AgentConfigurationError(
        `WikipediaSearchTool: contentType is ${JSON.stringify(contentType)}, must be "text" or "summary"`,
      );
    }
    if (maxOutputCharacters !== undefined)
      requireWholeNumber('WikipediaSearchTool', 'maxOutputCharacters', maxOutputCharacters);
    if (timeoutMs !== undefined) requireWholeNumber('WikipediaSearchTool', 'timeoutMs', timeoutMs);
    this.#options = options;
  }

  async execute({ query }: { query: string }, { fetch, signal, clock }: ToolHandle): Promise<string> {
    const {
      userAgent = 'smolagents-web',
      language = 'en',
      maxOutputCharacters = MAX_PAGE_CHARACTERS,
      timeoutMs,
    } = this.#options;
    const site = `https://${language}.wikipedia.org`;
    const reply = await guardedFetch(fetch, `${site}/w/api.php?${this.#parameters(query)}`, {
      ...{ signal, clock, timeoutMs },
      headers: { accept: 'application/json', 'api-user-agent': userAgent }, // browsers set no `user-agent`; the API reads this one
      contentTypes: ['application/json'],
    });
    if (reply.status >= 400) throw new WebAccessError(`${site} answered ${reply.status}`, { reason: 'status' });
    const article = readArticle(decodeText(reply.bytes, reply.contentType));
    if (!article) return `No article was found for ${JSON.stringify(query.slice(0, 300))}. Try other or fewer words.`;
    const { title, text } = article;
    const address = `${site}/wiki/${encodeURIComponent(title.replaceAll(' ', '_'))}`;
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
  const pages = isObject(body) && isObject(body.query) && Array.isArray(body.query.pages) ? body.query.pages : [];
  const page: unknown = pages[0];
  if (!isObject(page) || typeof page.title !== 'string') return undefined;
  return { title: page.title, text: typeof page.extract === 'string' ? page.extract : '' };
}
