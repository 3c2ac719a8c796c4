import {
  accepts,
  bufferLength,
  bytesUnder,
  charCode,
  dateMs,
  dateText,
  eachOfMap,
  eachOfSet,
  hasOwn,
  isArray,
  isError,
  isFiniteNumber,
  jsonText,
  keysOf,
  mapSize,
  objectPrototype,
  promisePrototype,
  prototypeOf,
  regExpFlags,
  regExpSource,
  sameValue,
  setSize,
  slice,
  textOf,
  viewName,
} from './primordials';

/** Deepest nesting that is shown. */
const MAX_SHOWN_DEPTH = 50;

/**
 * What the model reads of a value: a text as it is, other values in the way of JSON, with what JSON lacks in the way of
 * JavaScript (`Map{"a" => 1}`, `12n`, `TypeError: no`, `undefined`). A cycle is `[Circular]`. No method of the value is called,
 * but its getters are; one that throws is shown as `[Unreadable]`. Stops soon after `maxCharacters`; use `cut` for an exact end.
 */
export function show(value: unknown, maxCharacters = Number.POSITIVE_INFINITY): string {
  if (typeof value === 'string') return value;
  const page: Page = { text: '', limit: maxCharacters };
  draw(page, value, undefined);
  return page.text;
}

/**
 * The text, or its head and its tail around a notice where it is longer than `maxCharacters`; the notice comes on top.
 */
export function cut(text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters) return text;
  return aroundNotice(text, text, maxCharacters);
}

/** The head of one text and the tail of another, `maxCharacters` in all, around a notice. No character is halved. */
export function aroundNotice(head: string, tail: string, maxCharacters: number): string {
  const half = maxCharacters >> 1;
  const start = tail.length - (maxCharacters - half);
  const end = isUnit(head, half - 1, HIGH_SURROGATES) ? half - 1 : half;
  const from = isUnit(tail, start, LOW_SURROGATES) ? start + 1 : start;
  return slice(head, 0, end) + cutNotice(maxCharacters) + slice(tail, from);
}

const HIGH_SURROGATES = 0xd800 >> 10;
const LOW_SURROGATES = 0xdc00 >> 10;

function isUnit(text: string, index: number, surrogates: number): boolean {
  return charCode(text, index) >> 10 === surrogates;
}

/** What stands where text was left out. */
function cutNotice(maxCharacters: number): string {
  return `\n..._This content has been truncated to stay below ${maxCharacters} characters_...\n`;
}

interface Page {
  text: string;
  readonly limit: number;
}

interface Frame {
  readonly value: object;
  readonly parent: Frame | undefined;
  readonly depth: number;
}

function draw(page: Page, value: unknown, parent: Frame | undefined): void {
  if (page.text.length > page.limit) return;
  if (typeof value === 'string')
    page.text += jsonText(value.length > page.limit ? slice(value, 0, page.limit) : value) ?? '';
  else if (typeof value === 'bigint') page.text += `${textOf(value)}n`;
  else if (sameValue(value, -0)) page.text += '-0';
  else if (typeof value === 'function') page.text += `[Function${nameOf(value)}]`;
  else if (typeof value !== 'object' || value === null) page.text += textOf(value);
  else drawObject(page, value, parent);
}

function nameOf(value: object): string {
  const name: unknown = hasOwn(value, 'name') ? read(value, 'name') : '';
  return typeof name === 'string' && name !== '' ? `: ${slice(name, 0, 100)}` : '';
}

function read(value: object, key: string): unknown {
  try {
    return (value as Record<string, unknown>)[key];
  } catch {
    return UNREADABLE;
  }
}

const UNREADABLE = { __proto__: null };

function drawObject(page: Page, value: object, parent: Frame | undefined): void {
  for (let at = parent; at; at = at.parent) {
    if (at.value === value) {
      page.text += '[Circular]';
      return;
    }
  }
  const frame: Frame = { value, parent, depth: (parent?.depth ?? 0) + 1 };
  try {
    if (value === UNREADABLE) page.text += '[Unreadable]';
    else if (frame.depth > MAX_SHOWN_DEPTH) page.text += '[...]';
    else if (isArray(value)) drawList(page, '[', ']', value, frame);
    else drawKind(page, value, frame);
  } catch {
    page.text += '[Unreadable]';
  }
}

function drawKind(page: Page, value: object, frame: Frame): void {
  const prototype = prototypeOf(value);
  const view = prototype === objectPrototype ? undefined : viewName(value);
  if (prototype === objectPrototype || prototype === null) drawPlain(page, value, frame);
  else if (prototype === promisePrototype) page.text += '[Promise: await it to get its value]';
  else if (view !== undefined) drawList(page, `${textOf(view)}[`, ']', value as ArrayLike<unknown>, frame);
  else if (accepts((self) => dateMs(self as Date), value)) page.text += dateWords(value as Date);
  else if (accepts(mapSize, value)) drawMap(page, value as Map<unknown, unknown>, frame);
  else if (accepts(setSize, value)) drawSet(page, value as Set<unknown>, frame);
  else if (accepts(bufferLength, value)) page.text += `[ArrayBuffer of ${bytesUnder(value).length} bytes]`;
  else if (isError(value)) page.text += errorWords(value as Error);
  else if (accepts(regExpSource, value)) page.text += `/${textOf(regExpSource(value))}/${textOf(regExpFlags(value))}`;
  else drawPlain(page, value, frame);
}

function dateWords(date: Date): string {
  return isFiniteNumber(dateMs(date)) ? dateText(date) : 'Invalid Date';
}

function errorWords(error: Error): string {
  const { name, message } = error;
  return `${textOf(name)}: ${slice(textOf(message), 0, 16_384)}`;
}

function drawList(page: Page, open: string, close: string, list: ArrayLike<unknown>, frame: Frame): void {
  page.text += open;
  for (let index = 0; index < list.length && page.text.length <= page.limit; index++) {
    if (index > 0) page.text += ',';
    draw(page, list[index], frame);
  }
  page.text += close;
}

function drawPlain(page: Page, value: object, frame: Frame): void {
  const keys = keysOf(value);
  page.text += '{';
  for (let index = 0; index < keys.length && page.text.length <= page.limit; index++) {
    const key = keys[index] ?? '';
    page.text += `${index > 0 ? ',' : ''}${jsonText(key) ?? ''}:`;
    draw(page, read(value, key), frame);
  }
  page.text += '}';
}

function drawMap(page: Page, map: Map<unknown, unknown>, frame: Frame): void {
  let first = true;
  page.text += 'Map{';
  eachOfMap(map, (value, key) => {
    if (page.text.length > page.limit) return;
    if (!first) page.text += ',';
    first = false;
    draw(page, key, frame);
    page.text += ' => ';
    draw(page, value, frame);
  });
  page.text += '}';
}

function drawSet(page: Page, set: Set<unknown>, frame: Frame): void {
  let first = true;
  page.text += 'Set{';
  eachOfSet(set, (value) => {
    if (page.text.length > page.limit) return;
    if (!first) page.text += ',';
    first = false;
    draw(page, value, frame);
  });
  page.text += '}';
}
