import { accepts, applyFunction, errorNamed, indexOf, regExpSource, slice, uncurried } from '../../primordials';
import { askWhetherToStop, type Method, numberFor, replaceBuiltIn, textFor } from './replaced';

/** Longest text that is gone through character by character, in characters: twice what may cross. */
const MAX_TEXT = 2 * 1024 * 1024;
/** Longest text that padding may make, in characters. */
const MAX_PADDED = 1024 * 1024;
/** Largest product of the lengths of a text and what is looked for in it. */
const MAX_COMPARISONS = 2e9;
/** Above this one a search is made here, in a loop that asks whether to stop, and not by the built-in. */
const COMPARISONS_AT_ONCE = 2e7;
/** The beginning of what is looked for that the built-in finds. */
const HEAD_CHARACTERS = 8;
/** From so many characters on it is asked before. */
const MANY_CHARACTERS = 1e4;
const MAX_PARTS = 2 ** 32 - 1;

const MATCH = Symbol.match;
const SPLIT = Symbol.split;
const REPLACE = Symbol.replace;
const indexFrom: (text: string, part: string, from: number) => number = uncurried(String.prototype.indexOf);
const BordersOf = Int32Array;
const plainReplace: (text: string, part: string, replacement: string) => string = uncurried(
  String.prototype.replace as (part: string, replacement: string) => string,
);

type Deed = (original: Method, self: unknown, args: readonly unknown[]) => unknown;
/** `more` is the second argument as it came. */
type Search = (text: string, part: string, more: unknown) => unknown;

/**
 * Built-ins that go through a text without asking whether they should stop refuse long ones; long searches are made
 * here, in loops that ask. What is measured is what the built-in gets: `this` and the arguments become texts and numbers once, here.
 */
export function guardTexts(): void {
  const texts = String.prototype;
  for (const name of ['toUpperCase', 'toLowerCase', 'toLocaleUpperCase', 'toLocaleLowerCase', 'normalize'])
    replaceBuiltIn(texts, name, (original, self, args) => applyFunction(original, shortText(textFrom(self)), args));
  replaceBuiltIn(texts, 'localeCompare', (original, self, args) =>
    applyFunction(original, shortText(textFrom(self)), [shortText(textFor(args[0]))]),
  );
  for (const name of ['padStart', 'padEnd']) replaceBuiltIn(texts, name, pad);
  replaceBuiltIn(texts, 'indexOf', searching(firstIndex));
  replaceBuiltIn(texts, 'lastIndexOf', searching(lastIndex));
  replaceBuiltIn(texts, 'includes', includes);
  replaceBuiltIn(texts, 'split', bySymbol(SPLIT, splitShort));
  replaceBuiltIn(texts, 'replace', bySymbol(REPLACE, searching(replaceFirst)));
  replaceBuiltIn(texts, 'replaceAll', bySymbol(REPLACE, replaceAllShort));
}

function textFrom(self: unknown): string {
  if (typeof self === 'string') return self;
  if (self === undefined || self === null) throw errorNamed('TypeError', 'cannot convert null or undefined to a text');
  return textFor(self);
}

function shortText(text: string): string {
  if (text.length > MAX_TEXT)
    throw errorNamed('RangeError', `a text of more than ${MAX_TEXT} characters is too long for this`);
  if (text.length > MANY_CHARACTERS) askWhetherToStop();
  return text;
}

function pad(original: Method, self: unknown, args: readonly unknown[]): unknown {
  const text = textFrom(self);
  const length = numberFor(args[0]);
  if (length > MAX_PADDED)
    throw errorNamed('RangeError', `a text cannot be padded to more than ${MAX_PADDED} characters`);
  return applyFunction(original, text, [length, args[1]]);
}

/** The built-in for what is found soon, `long` for the rest. */
function searching(long: Search): Deed {
  return (original, self, args) => {
    const text = textFrom(self);
    const part = textFor(args[0]);
    const comparisons = part.length > text.length ? 0 : text.length * part.length;
    if (comparisons > MAX_COMPARISONS)
      throw errorNamed('RangeError', 'these texts are too long to search one in the other');
    if (comparisons > COMPARISONS_AT_ONCE) return long(text, part, args[1]);
    if (text.length > MANY_CHARACTERS) askWhetherToStop();
    return applyFunction(original, text, [part, args[1]]);
  };
}

const searchingSplit = searching(splitLong);
const searchingAll = searching(replaceAll);
const searchingIncluded = searching((text, part, from) => firstIndex(text, part, from) >= 0);

function splitShort(original: Method, self: unknown, args: readonly unknown[]): unknown {
  const text = shortText(textFrom(self));
  return args[0] === undefined ? applyFunction(original, text, args) : searchingSplit(original, text, args);
}

function replaceAllShort(original: Method, self: unknown, args: readonly unknown[]): unknown {
  return searchingAll(original, shortText(textFrom(self)), args);
}

function includes(original: Method, self: unknown, args: readonly unknown[]): unknown {
  if (isRegExp(args[0])) throw errorNamed('TypeError', 'includes takes no regular expression');
  return searchingIncluded(original, self, args);
}

/** Regular expressions, and what else has a method for it, do it themselves; the rest is a text to look for. */
function bySymbol(symbol: typeof SPLIT | typeof REPLACE, deed: Deed): Deed {
  return (original, self, args) => {
    const sought = args[0];
    if ((typeof sought !== 'object' && typeof sought !== 'function') || sought === null)
      return deed(original, self, args);
    const method = (sought as { [symbol: symbol]: unknown })[symbol];
    if (method === undefined || method === null) return deed(original, self, args);
    const isAll = deed === replaceAllShort;
    if (isAll && isRegExp(sought) && indexOf(textFor((sought as RegExp).flags), 'g') < 0)
      throw errorNamed('TypeError', 'replaceAll takes a regular expression with the flag g only');
    const text = textFrom(self);
    if (isAll || symbol === SPLIT) shortText(text);
    return applyFunction(method as Method, sought, [text, args[1]]);
  };
}

function isRegExp(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const matcher = (value as { [MATCH]?: unknown })[MATCH];
  return matcher === undefined ? accepts(regExpSource, value) : Boolean(matcher);
}

interface Sought {
  text: string;
  part: string;
  from: number;
  overlapping?: boolean;
}

/** Calls `visit` with the place of each match until it gives true: by Knuth, Morris and Pratt, so that no text takes long. */
function eachMatch({ text, part, from, overlapping = false }: Sought, visit: (at: number) => boolean): void {
  const borders = bordersOf(part);
  const head = slice(part, 0, HEAD_CHARACTERS);
  let matched = 0;
  for (let at = from; at < text.length; at++) {
    if (matched === 0) {
      const found = indexFrom(text, head, at);
      if (found < 0) return;
      matched = head.length;
      at = found + matched - 1;
    } else {
      while (matched > 0 && text[at] !== part[matched]) matched = borders[matched - 1] ?? 0;
      if (text[at] === part[matched]) matched++;
    }
    if (matched < part.length) continue;
    if (visit(at + 1 - matched)) return;
    matched = overlapping ? (borders[matched - 1] ?? 0) : 0;
  }
}

/** For each beginning of the text, the length of the longest shorter one that it ends with. */
function bordersOf(text: string): Int32Array {
  const borders = new BordersOf(text.length);
  let length = 0;
  for (let at = 1; at < text.length; at++) {
    while (length > 0 && text[at] !== text[length]) length = borders[length - 1] ?? 0;
    if (text[at] === text[length]) length++;
    borders[at] = length;
  }
  return borders;
}

function firstIndex(text: string, part: string, from: unknown): number {
  const start = numberFor(from);
  let index = -1;
  eachMatch({ text, part, from: start > 0 ? start - (start % 1 || 0) : 0 }, (at) => {
    index = at;
    return true;
  });
  return index;
}

function lastIndex(text: string, part: string, until: unknown): number {
  const limit = numberFor(until);
  const last = limit < 0 ? 0 : limit; // NaN is no limit
  let index = -1;
  eachMatch({ text, part, from: 0, overlapping: true }, (at) => {
    if (at > last) return true;
    index = at;
    return false;
  });
  return index;
}

function splitLong(text: string, part: string, limit: unknown): string[] {
  const most = limit === undefined ? MAX_PARTS : (limit as number) >>> 0;
  const parts: string[] = [];
  let from = 0;
  if (most === 0) return parts;
  eachMatch({ text, part, from: 0 }, (at) => {
    parts[parts.length] = slice(text, from, at);
    from = at + part.length;
    return parts.length === most;
  });
  if (parts.length < most) parts[parts.length] = slice(text, from);
  return parts;
}

function replaceFirst(text: string, part: string, replacement: unknown): string {
  return replaced(text, part, replacement, () => true);
}

function replaceAll(text: string, part: string, replacement: unknown): string {
  return replaced(text, part, replacement, () => false);
}

function replaced(text: string, part: string, replacement: unknown, isEnough: () => boolean): string {
  const written = typeof replacement === 'function' ? '' : quoting(part, textFor(replacement));
  let made = '';
  let from = 0;
  eachMatch({ text, part, from: 0 }, (at) => {
    const put =
      typeof replacement === 'function'
        ? textFor(applyFunction(replacement as Method, undefined, [part, at, text]))
        : written;
    made += slice(text, from, at) + put;
    from = at + part.length;
    return isEnough();
  });
  return made + slice(text, from);
}

/** What a replacement comes to in which `$` may quote the match. */
function quoting(part: string, replacement: string): string {
  if (indexOf(replacement, '$`') >= 0 || indexOf(replacement, "$'") >= 0)
    throw errorNamed('RangeError', "these texts are too long for a replacement with $` or $'");
  return plainReplace(part, part, replacement);
}
