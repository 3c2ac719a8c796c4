import { make } from './make-node';

/** Scripts that write with joiners. */
const JOINED = 'Arab Beng Deva Gujr Guru Khmr Knda Mlym Mong Mymr Nkoo Orya Sinh Syrc Taml Telu'.replace(
  /\w+ ?/g,
  (script) => `\\p{scx=${script.trim()}}`,
);
const EMOJI = '\\p{Extended_Pictographic}';
/**
 * Characters that change or hide what a reader sees: controls, direction marks, blanks of no width, private use, tags, variants,
 * letters without a shape. Joiners and variants are left beside the letters and emoji that use them.
 */
const HIDDEN = new RegExp(
  [
    '(?=[\\p{Cc}\\p{Cf}\\p{Co}\\p{Cs}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}\\u2800])(?![\\n\\r\\t]',
    `(?<=[${JOINED}])[\\u200c\\u200d]`,
    `(?<=[${EMOJI}\\p{Emoji_Modifier}]\\ufe0f?)\\u200d${EMOJI}`,
    `(?<=${EMOJI})\\ufe0f`,
    '(?<=[#*\\d])\\ufe0f\\u20e3',
    '(?<=\\p{sc=Mong})[\\u180b-\\u180f])[^]',
  ].join('|'),
  'gu',
);
const ADDRESS = /https?:\/\/[!#-&*-;=?-Z_a-z~]+/g; // ASCII, no quotes, brackets or backslashes
const MAX_ANCHORS = 200; // of a text: more would make the page slow

/** The text with hidden characters told by their numbers, as in `⟨U+202E⟩`. */
export function visible(text: string): string {
  return text.replace(HIDDEN, (character) => {
    const number = character.codePointAt(0)?.toString(16).toUpperCase() ?? '';
    return `⟨U+${number.padStart(4, '0')}⟩`;
  });
}

/** What shows a text that somebody else wrote: text nodes, and http(s) addresses as links that say where they lead. */
export function textNodes(text: string): (string | Node)[] {
  const shown = visible(text);
  const nodes: (string | Node)[] = [];
  let end = 0;
  for (const { 0: found, index } of shown.matchAll(ADDRESS)) {
    const address = found.replace(/[.,:;!?]+$/, '');
    if (nodes.length > 2 * MAX_ANCHORS) break;
    if (!isPlain(address)) continue;
    const anchor = make('a', { href: address, target: '_blank', rel: 'noopener noreferrer' }, address);
    nodes.push(shown.slice(end, index), anchor);
    end = index + address.length;
  }
  nodes.push(shown.slice(end));
  return nodes;
}

/** An address with a name and password before its host reads like another one. */
function isPlain(address: string): boolean {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  return url !== undefined && !url.username && !url.password;
}

/** A text as it is, anything else as JSON; what JSON cannot hold as `String` tells it. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    return JSON.stringify(value, null, 2) ?? String(value);
  } catch {
    return String(value); // a cycle, a BigInt
  }
}

/** What an error, or whatever was thrown, says. */
export function messageOf(error: unknown): string {
  return visible(error instanceof Error ? error.message : String(error));
}
