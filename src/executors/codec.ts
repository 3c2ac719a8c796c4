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
  hasOwn,
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
   * What becomes of a cycle, a promise, and nesting over `MAX_DEPTH`: `mark` writes a text such as `[Circular]` in its
   * place, `error` throws a `TypeError` that says where.
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
  else if (isArray(value)) writeList(writer, value, frame);
  else {
    const prototype = prototypeOf(value);
    if (prototype === objectPrototype || prototype === null) writePlain(writer, value, frame);
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
  put(writer, '[');
  for (let index = 0; index < list.length; index++) {
    if (index > 0) put(writer, ',');
    write(writer, list[index], frame, index);
  }
  put(writer, ']');
}

function writePlain(writer: Writer, value: object, frame: Frame): void {
  const keys = keysOf(value);
  const asEntries = hasOwn(value, '$');
  put(writer, asEntries ? '{"$":"object","value":[' : '{');
  let first = true;
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] ?? '';
    const child = (value as Record<string, unknown>)[key]; // read once: getters may give another value each time
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

function writeSpecial(writer: Writer, value: object, frame: Frame): void {
  const view = viewName(value);
  if (view !== undefined) putTagged(writer, textOf(view), base64(bytesUnder(value), writer.limit));
  else if (accepts((self) => dateMs(self as Date), value)) writeDate(writer, value as Date);
  else if (accepts(mapSize, value)) writeMap(writer, value as Map<unknown, unknown>, frame);
  else if (accepts(setSize, value)) writeSet(writer, value as Set<unknown>, frame);
  else if (accepts(bufferLength, value)) putTagged(writer, 'ArrayBuffer', base64(bytesUnder(value), writer.limit));
  else if (isError(value)) writeError(writer, value as Error);
  else if (accepts(regExpSource, value)) {
    writeTexts(writer, 'RegExp', textOf(regExpSource(value)), textOf(regExpFlags(value)));
  } else writeOwn(writer, value, frame);
}

function writeOwn(writer: Writer, value: object, frame: Frame): void {
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON !== 'function') writePlain(writer, value, frame);
  else write(writer, applyFunction(toJSON as () => unknown, value, []), frame, 'toJSON()');
}

function writeError(writer: Writer, { name, message }: Error): void {
  writeTexts(writer, 'Error', textOf(name), textOf(message));
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
