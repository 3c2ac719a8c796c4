import { WebAccessError } from '../errors';
import { showAddress } from '../web/address';
import { decodeText } from '../web/charset';
import { held } from '../web/clock';
import { type Fetch, type GuardOptions, guardedFetch } from '../web/fetch';
import { cutText, withoutControls } from './cut-text';
import { htmlToMarkdown } from './html-to-markdown';

/** smolagents' own limit, so that traces of the two compare. */
export const MAX_PAGE_CHARACTERS = 40_000;
/** Sites refuse requests that name no browser; pages cannot set this header, and there the browser's own goes. */
export const USER_AGENT = 'Mozilla/5.0 (compatible; smolagents-web)';

const TEXT_TYPES = [
  'text/',
  'application/json',
  'application/xml',
  'application/javascript',
  'application/yaml',
  '+json',
  '+xml',
];

export interface PageOptions extends Omit<GuardOptions, 'contentTypes' | 'method' | 'body' | 'maxErrorBytes'> {
  maxOutputCharacters?: number;
}

/**
 * The page at an address as Markdown, other text as it is, cut to `maxOutputCharacters` (40,000). Throws `WebAccessError`
 * for what `guardedFetch` refuses, for a type that is not text and for a status of 400 or more. What a worker's `/visit` gives.
 */
export async function readPage(fetch: Fetch, address: string, options: PageOptions): Promise<string> {
  const { maxOutputCharacters = MAX_PAGE_CHARACTERS, headers, ...guard } = options;
  const accept = 'text/html,application/xhtml+xml,text/plain;q=0.9,*/*;q=0.5';
  const reply = await guardedFetch(fetch, address, {
    ...guard,
    headers: { accept, 'user-agent': USER_AGENT, ...headers },
    contentTypes: TEXT_TYPES,
  });
  if (reply.status >= 400) {
    throw new WebAccessError(`${showAddress(reply.url)} answered ${reply.status}`, { reason: 'status' });
  }
  const decoded = decodeText(reply.bytes, reply.contentType);
  // what converts is fetched at its first use
  const text = isHtml(reply.contentType, decoded)
    ? await held(guard.clock, () => htmlToMarkdown(decoded, reply.url))
    : decoded;
  const shown = cutText(withoutControls(text).trim(), maxOutputCharacters);
  if (shown === '') return 'The page holds no text.';
  const isCut = shown.includes('\n\n[truncated: ');
  return reply.truncated && !isCut
    ? `${shown}\n\n[truncated: only the first ${reply.bytes.length} bytes were read]`
    : shown;
}

function isHtml(contentType: string, text: string): boolean {
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (type === '') return text.trimStart().startsWith('<');
  return type === 'text/html' || type === 'application/xhtml+xml';
}
