import { type HtmlReader, readHtml } from './html-tokens';
import type { SearchResult } from './search-results';

const BASE = 'https://html.duckduckgo.com/';

/** What a result page of DuckDuckGo holds, of its `html` or its `lite` form. */
export interface ResultPage {
  results: SearchResult[];
  /** Whether the page says that nothing was found. */
  isEmpty: boolean;
  /** Whether the page asks for proof that a person is searching. */
  isChallenge: boolean;
}

/** Reads a result page; advertisements and links that lead nowhere are dropped. Linear in the length of `html`. */
export async function readResultPage(html: string): Promise<ResultPage> {
  const reader = new ResultReader();
  await readHtml(html, reader);
  return { results: reader.results, isEmpty: reader.isEmpty, isChallenge: reader.isChallenge };
}

/** Both forms mark their parts by class: `result__a` and `result-link` a title, `result__snippet` and `result-snippet` its text. */
class ResultReader implements HtmlReader {
  readonly results: SearchResult[] = [];
  isEmpty = false;
  isChallenge = false;
  #into: { result: SearchResult; part: 'title' | 'snippet'; element: string } | undefined;
  #current: SearchResult | undefined;

  open(name: string, attributes: ReadonlyMap<string, string>): void {
    const classes = (attributes.get('class') ?? '').split(/\s+/);
    const has = (...wanted: string[]) => wanted.some((each) => classes.includes(each));
    if (has('no-results')) this.isEmpty = true;
    if (attributes.get('id') === 'challenge-form' || classes.some((each) => each.startsWith('anomaly-modal')))
      this.isChallenge = true;
    if (name === 'a' && has('result__a', 'result-link')) {
      const url = targetOf(attributes.get('href') ?? '');
      this.#current = url === undefined ? undefined : { title: '', url, snippet: '' };
      if (!this.#current) return;
      this.results.push(this.#current);
      this.#into = { result: this.#current, part: 'title', element: name };
    } else if (has('result__snippet', 'result-snippet') && this.#current) {
      this.#into = { result: this.#current, part: 'snippet', element: name };
    }
  }

  close(name: string): void {
    if (name === this.#into?.element) this.#into = undefined;
  }

  text(text: string): void {
    if (this.#into) this.#into.result[this.#into.part] += text;
    else if (/no results/i.test(text)) this.isEmpty = true;
  }
}

/** The page behind a result's link, which may go through DuckDuckGo's counter; undefined for advertisements. */
function targetOf(href: string): string | undefined {
  try {
    const link = new URL(href, BASE);
    const isOwn = link.hostname === 'duckduckgo.com' || link.hostname.endsWith('.duckduckgo.com');
    const target = isOwn && link.pathname === '/l/' ? new URL(link.searchParams.get('uddg') ?? '') : link;
    const isAdvertisement = target.hostname.endsWith('duckduckgo.com') && target.pathname === '/y.js';
    return !isAdvertisement && /^https?:$/.test(target.protocol) ? target.href : undefined;
  } catch {
    return undefined;
  }
}
