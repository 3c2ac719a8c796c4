import { bytesOfBase64 } from './base64';
import {
  bigIntOf,
  errorNamed,
  hasOwn,
  isArray,
  keysOf,
  newDate,
  newMap,
  newRegExp,
  newSet,
  numberOf,
  putInMap,
  putInSet,
  setOwn,
  slice,
  viewOver,
} from './primordials';

/** Deepest nesting that crosses: enough for any data, and safe for the engine's native stack. */
export const MAX_DEPTH = 200;

export function malformed(what: string): Error {
  return errorNamed('TypeError', `this is not an encoded value: ${what}`);
}

/** The value that parsed JSON of `codec.ts` stands for, all of it new. Throws a `TypeError` for any other JSON. */
export function revive(json: unknown, depth: number): unknown {
  if (json === null || typeof json !== 'object') return json;
  if (depth > MAX_DEPTH * 2) throw malformed(`nested more than ${MAX_DEPTH} deep`); // a Map takes two levels of JSON
  if (isArray(json)) return reviveList(json, depth);
  if (hasOwn(json, '$')) return reviveTagged(json as { $: unknown; value?: unknown }, depth);
  const keys = keysOf(json);
  const object = {};
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] ?? '';
    setOwn(object, key, revive((json as Record<string, unknown>)[key], depth + 1));
  }
  return object;
}

function reviveList(json: readonly unknown[], depth: number): unknown[] {
  const list: unknown[] = [];
  for (let index = 0; index < json.length; index++) setOwn(list, index, revive(json[index], depth + 1));
  return list;
}

function reviveTagged(json: { $: unknown; value?: unknown }, depth: number): unknown {
  const kind = json.$;
  const value = hasOwn(json, 'value') ? json.value : undefined;
  if (typeof kind !== 'string') throw malformed('its kind is no text');
  if (kind === 'undefined') return undefined;
  if (kind === 'Date' && (value === null || typeof value === 'number')) return newDate(value ?? Number.NaN);
  if (typeof value === 'string') return reviveText(kind, value);
  if (!isArray(value)) throw malformed(`a ${slice(kind, 0, 40)} without a value`);
  if (kind === 'Set') return reviveSet(value, depth);
  if (kind === 'Map') return reviveMap(value, depth);
  if (kind === 'object') return reviveObject(value, depth);
  const first = value.length === 2 ? value[0] : undefined;
  const second = value.length === 2 ? value[1] : undefined;
  if (typeof first === 'string' && typeof second === 'string') {
    if (kind === 'Error') return errorNamed(first, second);
    if (kind === 'RegExp') return revivePattern(first, second);
  }
  throw malformed(`unknown kind ${slice(kind, 0, 40)}`);
}

function reviveText(kind: string, text: string): unknown {
  if (kind === 'number') {
    if (text === 'NaN' || text === 'Infinity' || text === '-Infinity' || text === '-0') return numberOf(text);
    throw malformed(`number ${slice(text, 0, 40)}`);
  }
  try {
    if (kind === 'bigint') return bigIntOf(text);
    const { buffer } = bytesOfBase64(text);
    const bytes = kind === 'ArrayBuffer' ? buffer : viewOver(kind, buffer);
    if (bytes) return bytes;
  } catch {
    throw malformed(`a ${slice(kind, 0, 40)} that cannot be read`);
  }
  throw malformed(`unknown kind ${slice(kind, 0, 40)}`);
}

function reviveSet(items: readonly unknown[], depth: number): Set<unknown> {
  const set = newSet();
  for (let index = 0; index < items.length; index++) putInSet(set, revive(items[index], depth + 1));
  return set;
}

function reviveMap(pairs: readonly unknown[], depth: number): Map<unknown, unknown> {
  const map = newMap();
  for (let index = 0; index < pairs.length; index++) {
    const pair = pairs[index];
    if (!isArray(pair) || pair.length !== 2) throw malformed('a Map of something else than pairs');
    putInMap(map, revive(pair[0], depth + 1), revive(pair[1], depth + 1));
  }
  return map;
}

function reviveObject(pairs: readonly unknown[], depth: number): object {
  const object = {};
  for (let index = 0; index < pairs.length; index++) {
    const pair = pairs[index];
    const key = isArray(pair) && pair.length === 2 ? pair[0] : undefined;
    if (!isArray(pair) || typeof key !== 'string') throw malformed('an object of something else than entries');
    setOwn(object, key, revive(pair[1], depth + 1));
  }
  return object;
}

function revivePattern(source: string, flags: string): RegExp {
  try {
    return newRegExp(source, flags);
  } catch {
    throw malformed('a RegExp that cannot be read');
  }
}
