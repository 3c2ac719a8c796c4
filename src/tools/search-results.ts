import { withoutControls } from './cut-text';

/** One hit of a search. */
export interface SearchResult {
  title: string;
  url: string;
  /** A few words of the page around what was looked for; may be empty. */
  snippet: string;
}

const MAX_TITLE_CHARACTERS = 300;
const MAX_SNIPPET_CHARACTERS = 1_000;

/** The results as a model reads them: a heading, then title and address as a link and the snippet below it. */
export function showResults(query: string, results: readonly SearchResult[]): string {
  if (results.length === 0) {
    return `## Search Results\n\nNothing was found for ${JSON.stringify(query.slice(0, MAX_TITLE_CHARACTERS))}. Try other or fewer words.`;
  }
  const entries = results.map(({ title, url, snippet }) => {
    const link = `[${oneLine(title, MAX_TITLE_CHARACTERS)}](${url})`;
    const body = oneLine(snippet, MAX_SNIPPET_CHARACTERS);
    return body === '' ? link : `${link}\n${body}`;
  });
  return `## Search Results\n\n${entries.join('\n\n')}`;
}

function oneLine(text: string, most: number): string {
  return withoutControls(text.replace(/\s+/g, ' ')).trim().slice(0, most);
}
