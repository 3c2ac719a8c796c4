import { attempt, readSlot, UNREADABLE } from './attempt';
import { base64 } from './base64';
import {
  accepts,
  applyFunction,
  bufferLength,
  bytesUnder,
  dateMs,
  eachOfMap,
  eachOfSet,
  errorNamed,
  isArray,
  isError,
  isFiniteNumber,
  jsonText,
  keysOf,
  mapSize,
  objectPrototype,
  parseJson,
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
import { MAX_DEPTH, malformed, revive } from './revive';

/** What JSON can say. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export interface EncodeOptions {
  /**
   * What becomes of a cycle, a promise, nesting over `MAX_DEPTH`, and what throws when it is read (a getter, a proxy):
   * `mark` writes a text such as `[Circular]` or `[Unreadable]` in its place, `error` throws a `TypeError` that says
   * where, or what the reading threw.
   */
  cycles?: 'mark' | 'error';
  /** Longest text; a longer one is a `RangeError`, thrown while it is built. */
  maxCharacters?: number;
}

/**
 * The value as JSON text that `decode` reads. Date, Map, Set, BigInt, RegExp, Error (name and message), ArrayBuffer, typed
 * arrays, NaN, infinities, -0 and undefined are kept as `{"$": kind, "value": ...}`; an object with a key `$` of its own
 * is written as entries. Other objects give their own enumerable keys, or what their `toJSON` gives; functions and
 * symbols are left out of objects and are null in lists, as in JSON. A value referred to twice is written twice.
 */
export function encode(
  value: unknown,
  { cycles = 'mark', maxCharacters = Number.POSITIVE_INFINITY }: EncodeOptions = {},
): string {
  const writer: Writer = { text: '', limit: maxCharacters, lenient: cycles === 'mark' };
  if (isUnsendable(value)) {
    if (!writer.lenient) throw errorNamed('TypeError', `a ${typeof value} cannot be given away`);
    write(writer, `[${typeof value}]`, undefined);
  } else write(writer, value, undefined);
  return writer.text;
}

/** The value that `encode` wrote. Trusts nothing: any other text is a `TypeError`. */
export function decode(text: string): unknown {
  let json: unknown;
  try {
    json = parseJson(text);
  } catch {
    throw malformed('no JSON');
  }
  return revive(json, 0);
}

/** As `encode`, for those who put the value into JSON of their own. */
export function toJson(value: unknown, options: EncodeOptions = {}): Json {
  return parseJson(encode(value, options)) as Json;
}

/** As `decode`, from parsed JSON, which is left as it is. */
export function fromJson(json: unknown): unknown {
  return revive(json, 0);
}

interface Writer {
  text: string;
  readonly limit: number;
  readonly lenient: boolean;
}

/** The objects around the one being written, innermost first. */
interface Frame {
  readonly value: object;
  readonly key: string | number;
  readonly parent: Frame | undefined;
  readonly depth: number;
}

function put(writer: Writer, text: string): void {
  if (writer.text.length + text.length > writer.limit) {
    throw errorNamed('RangeError', `the value is longer than ${writer.limit} characters`);
  }
  writer.text += text;
}

function putString(writer: Writer, text: string): void {
  put(writer, text.length > writer.limit ? text : (jsonText(text) ?? '""'));
}

function isUnsendable(value: unknown): boolean {
  return typeof value === 'function' || typeof value === 'symbol';
}

function write(writer: Writer, value: unknown, parent: Frame | undefined, key: string | number = ''): void {
  if (typeof value === 'string') putString(writer, value);
  else if (value === null || value === true || value === false) put(writer, `${value}`);
  else if (typeof value === 'number') {
    if (isFiniteNumber(value) && !sameValue(value, -0)) put(writer, `${value}`);
    else putTagged(writer, 'number', sameValue(value, -0) ? '-0' : `${value}`);
  } else if (typeof value === 'bigint') putTagged(writer, 'bigint', textOf(value));
  else if (value === undefined) put(writer, '{"$":"undefined"}');
  else if (typeof value === 'object') writeObject(writer, value, parent, key);
  else put(writer, 'null');
}

function putTagged(writer: Writer, kind: string, text: string): void {
  put(writer, `{"$":"${kind}","value":`);
  putString(writer, text);
  put(writer, '}');
}

function writeObject(writer: Writer, value: object, parent: Frame | undefined, key: string | number): void {
  const frame: Frame = { value, key, parent, depth: (parent?.depth ?? 0) + 1 };
  if (frame.depth > MAX_DEPTH) refuse(writer, frame, '[Too deep]', `is nested more than ${MAX_DEPTH} deep`);
  else if (isWithin(value, parent)) refuse(writer, frame, '[Circular]', 'is a cycle');
  else if (attempt(writer.lenient, isArray, value)) writeList(writer, value as unknown[], frame);
  else {
    const prototype = attempt(writer.lenient, prototypeOf, value);
    if (prototype === objectPrototype || prototype === null) writePlain(writer, value, frame);
    else if (prototype === undefined) putString(writer, UNREADABLE);
    else if (prototype === promisePrototype) refuse(writer, frame, '[Promise]', 'is a promise: await it first');
    else writeSpecial(writer, value, frame);
  }
}

function isWithin(value: object, parent: Frame | undefined): boolean {
  for (let at = parent; at; at = at.parent) if (at.value === value) return true;
  return false;
}

function refuse(writer: Writer, frame: Frame, mark: string, what: string): void {
  if (writer.lenient) {
    putString(writer, mark);
    return;
  }
  let path = '';
  for (let at: Frame | undefined = frame; at?.parent; at = at.parent) {
    path = (typeof at.key === 'number' ? `[${at.key}]` : `.${at.key}`) + path;
    if (path.length > 60) path = `...${slice(path, path.length - 50)}`;
  }
  throw errorNamed('TypeError', `the value${path === '' ? '' : ` at ${path}`} ${what}`);
}

function writeList(writer: Writer, list: readonly unknown[], frame: Frame): void {
  const length = readSlot(writer.lenient, list, 'length');
  if (typeof length !== 'number') {
    putString(writer, UNREADABLE);
    return;
  }
  put(writer, '[');
  for (let index = 0; index < length; index++) {
    if (index > 0) put(writer, ',');
    write(writer, readSlot(writer.lenient, list, index), frame, index);
  }
  put(writer, ']');
}

function writePlain(writer: Writer, value: object, frame: Frame): void {
  const keys = attempt(writer.lenient, keysOf, value);
  if (!keys) {
    putString(writer, UNREADABLE);
    return;
  }
  const asEntries = isAmong(keys, '$'); // of a proxy `hasOwn` might say something else
  put(writer, asEntries ? '{"$":"object","value":[' : '{');
  let first = true;
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] ?? '';
    const child = readSlot(writer.lenient, value, key); // read once: getters may give another value each time
    if (isUnsendable(child)) continue;
    if (!first) put(writer, ',');
    first = false;
    if (asEntries) put(writer, '[');
    putString(writer, key);
    put(writer, asEntries ? ',' : ':');
    write(writer, child, frame, key);
    if (asEntries) put(writer, ']');
  }
  put(writer, asEntries ? ']}' : '}');
}

function isAmong(keys: readonly string[], key: string): boolean {
  for (let index = 0; index < keys.length; index++) if (keys[index] === key) return true;
  return false;
}

function writeSpecial(writer: Writer, value: object, frame: Frame): void {
  const view = viewName(value);
  if (view !== undefined) writeBytes(writer, textOf(view), value);
  else if (accepts((self) => dateMs(self as Date), value)) writeDate(writer, value as Date);
  else if (accepts(mapSize, value)) writeMap(writer, value as Map<unknown, unknown>, frame);
  else if (accepts(setSize, value)) writeSet(writer, value as Set<unknown>, frame);
  else if (accepts(bufferLength, value)) writeBytes(writer, 'ArrayBuffer', value);
  else if (attempt(writer.lenient, isError, value)) writeError(writer, value as Error);
  else if (accepts(regExpSource, value)) writePattern(writer, value);
  else writeOwn(writer, value, frame);
}

function writeOwn(writer: Writer, value: object, frame: Frame): void {
  const toJSON = readSlot(writer.lenient, value, 'toJSON');
  if (typeof toJSON !== 'function') {
    writePlain(writer, value, frame);
    return;
  }
  const call = (self: object) => ({ json: applyFunction(toJSON as () => unknown, self, []) });
  const { json } = attempt(writer.lenient, call, value) ?? { json: UNREADABLE };
  write(writer, json, frame, 'toJSON()');
}

function writeError(writer: Writer, error: Error): void {
  const name = attempt(writer.lenient, (self) => textOf(self.name), error) ?? 'Error';
  writeTexts(writer, 'Error', name, attempt(writer.lenient, (self) => textOf(self.message), error) ?? UNREADABLE);
}

function writePattern(writer: Writer, pattern: object): void {
  const flags = attempt(writer.lenient, (self) => textOf(regExpFlags(self)), pattern);
  if (flags === undefined) putString(writer, UNREADABLE);
  else writeTexts(writer, 'RegExp', textOf(regExpSource(pattern)), flags);
}

/** The bytes of a buffer that was handed on (detached) cannot be read. */
function writeBytes(writer: Writer, kind: string, value: object): void {
  const bytes = attempt(writer.lenient, bytesUnder, value);
  if (bytes) putTagged(writer, kind, base64(bytes, writer.limit));
  else putString(writer, UNREADABLE);
}

function writeDate(writer: Writer, date: Date): void {
  const ms = dateMs(date);
  put(writer, `{"$":"Date","value":${isFiniteNumber(ms) ? ms : 'null'}}`);
}

function writeTexts(writer: Writer, kind: string, first: string, second: string): void {
  put(writer, `{"$":"${kind}","value":[`);
  putString(writer, first);
  put(writer, ',');
  putString(writer, second);
  put(writer, ']}');
}

function writeMap(writer: Writer, map: Map<unknown, unknown>, frame: Frame): void {
  put(writer, '{"$":"Map","value":[');
  let first = true;
  eachOfMap(map, (value, key) => {
    put(writer, first ? '[' : ',[');
    first = false;
    write(writer, key, frame, 'key');
    put(writer, ',');
    write(writer, value, frame, 'value');
    put(writer, ']');
  });
  put(writer, ']}');
}

function writeSet(writer: Writer, set: Set<unknown>, frame: Frame): void {
  put(writer, '{"$":"Set","value":[');
  let first = true;
  eachOfSet(set, (value) => {
    if (!first) put(writer, ',');
    first = false;
    write(writer, value, frame, 'item');
  });
  put(writer, ']}');
}
