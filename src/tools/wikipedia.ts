import { lazyPart } from '../web/lazy-part';
import { refuseSetting, refuseUnknownOptions, requireWholeNumber } from '../web/options';
import type { Tool, ToolHandle } from './tool';
import { checkWebToolOptions, WEB_TOOL_OPTIONS } from './web-tool-options';
import type { WikipediaSearchOptions } from './wikipedia-article';

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

  async execute({ query }: { query: string }, handle: ToolHandle): Promise<string> {
    const { findArticle } = await lazyPart(this.name, () => import('./wikipedia-article'), handle.clock);
    return findArticle(query, this.#options, handle);
  }
}
