import { applyFunction, errorNamed, getterOf, isArray, isInWeakSet, putInWeakSet, uncurried } from '../../primordials';
import { askWhetherToStop, type Method, numberFor, replaceBuiltIn, textFor } from './replaced';

/** Longest list that a built-in goes through without asking whether it should stop. */
const MAX_ITEMS = 2e6;
/** From so many items on it is asked before. */
const MANY_ITEMS = 1e4;

/** So many are copied as fast in a loop. */
const FEW_ITEMS = 8;

const METHODS = [
  'copyWithin',
  'fill',
  'join',
  'reverse',
  'shift',
  'slice',
  'sort',
  'splice',
  'toLocaleString',
  'unshift',
];

const ArrayOf = Array;
const ProxyOf = Proxy;
const objectOf = Object;
const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;
const viewLength = getterOf(typedArray, 'length');
const pushItems = Array.prototype.push;
const hasItem: (list: readonly unknown[], item: unknown) => boolean = uncurried(Array.prototype.includes);
const SPREADABLE = Symbol.isConcatSpreadable;
const SPECIES = Symbol.species;
/** All proxies of the guest: an array among them may say another length each time. */
const proxies = new WeakSet();

type List = { readonly length?: unknown; readonly [index: number]: unknown };

/**
 * Built-ins that go through a list without asking whether they should stop refuse long ones, by the length that they themselves
 * will read; those that read the lengths of further lists on their way are written anew here, in loops that ask.
 */
export function guardLists(): void {
  watchProxies();
  for (const name of METHODS) replaceBuiltIn(ArrayOf.prototype, name, ofList);
  for (const name of ['join', 'sort', 'toSorted', 'toLocaleString']) replaceBuiltIn(typedArray, name, ofTypedArray);
  replaceBuiltIn(ArrayOf.prototype, 'concat', concat);
  replaceBuiltIn(ArrayOf.prototype, 'flat', flat);
  replaceBuiltIn(ArrayOf.prototype, 'flatMap', flatMap);
  replaceBuiltIn(String, 'raw', (_original, _self, args) => raw(args));
  replaceBuiltIn(JSON, 'stringify', stringify);
}

function watchProxies(): void {
  const noted = (proxy: object): object => {
    putInWeakSet(proxies, proxy);
    return proxy;
  };
  replaceBuiltIn(ProxyOf, 'revocable', (original, self, args) => {
    const made = applyFunction(original, self, args) as { proxy: object };
    noted(made.proxy);
    return made;
  });
  const construct = (target: typeof Proxy, args: readonly unknown[]): object =>
    noted(new target(args[0] as object, args[1] as ProxyHandler<object>));
  const value = new ProxyOf(ProxyOf, { __proto__: null, construct } as ProxyHandler<typeof Proxy>);
  Object.defineProperty(globalThis, 'Proxy', { value, writable: true, enumerable: false, configurable: true });
}

function isProxy(value: object): boolean {
  return isInWeakSet(proxies, value);
}

function ofList(original: Method, self: unknown, args: readonly unknown[]): unknown {
  if (self === undefined || self === null) return applyFunction(original, self, args); // throws what it throws
  if (isArray(self) && !isProxy(self)) {
    checkLength(self.length);
    return applyFunction(original, self, args);
  }
  const list = objectOf(self) as List;
  const seen = ofOneLength(list);
  const result = applyFunction(original, seen, args);
  return result === seen ? list : result;
}

function ofTypedArray(original: Method, self: unknown, args: readonly unknown[]): unknown {
  checkLength(viewLength(self as object));
  return applyFunction(original, self, args);
}

/** The same object, whose length has been read once and for all. */
function ofOneLength(list: List): List {
  const length = checkLength(list.length);
  const get = (target: List, key: keyof List): unknown => (key === 'length' ? length : target[key]);
  return new ProxyOf(list, { __proto__: null, get } as ProxyHandler<List>);
}

/** The length as the language reads it. Throws a `RangeError` for one that is too long, and asks whether to stop at one that is long. */
function checkLength(length: unknown, most = MAX_ITEMS): number {
  const count = numberFor(length);
  if (!(count > 0)) return 0;
  if (count > most) throw errorNamed('RangeError', `a list of more than ${MAX_ITEMS} items is too long for this`);
  if (count > MANY_ITEMS) askWhetherToStop();
  return count - (count % 1);
}

function concat(original: Method, self: unknown, args: readonly unknown[]): unknown {
  if (self === undefined || self === null) return applyFunction(original, self, args);
  const made = emptyLike(self);
  let length = 0;
  for (let at = -1; at < args.length; at++) {
    const part = at < 0 ? objectOf(self) : args[at];
    if (isSpread(part)) length += copyItems(part, made, length);
    else made[length++] = part;
  }
  made.length = length;
  return made;
}

function isSpread(value: unknown): value is List {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  const says = (value as { [SPREADABLE]?: unknown })[SPREADABLE];
  return says === undefined ? isArray(value) : Boolean(says);
}

function copyItems(list: List, made: unknown[], from: number): number {
  if (made.length !== from) made.length = from; // the last part ended with holes
  if (isForOneCall(list) && from + list.length <= MAX_ITEMS) return (append(made, list) as number) - from;
  const count = checkLength(list.length, MAX_ITEMS - from);
  for (let index = 0; index < count; index++) {
    const value = list[index];
    if (value !== undefined || index in list) made[from + index] = value;
  }
  return count;
}

/** Whether the items can be the arguments of one call, which is faster by far than a loop. */
function isForOneCall(list: List): list is readonly unknown[] {
  if (!isArray(list) || isProxy(list)) return false;
  return list.length > FEW_ITEMS && list.length <= MANY_ITEMS && !hasItem(list, undefined);
}

function append(list: unknown[], items: readonly unknown[]): unknown {
  return applyFunction(pushItems, list, items);
}

function flat(original: Method, self: unknown, args: readonly unknown[]): unknown {
  if (self === undefined || self === null) return applyFunction(original, self, args);
  const made = emptyLike(self);
  const depth = args[0] === undefined ? 1 : numberFor(args[0]);
  flatten(objectOf(self) as List, depth >= 1 ? depth : 0, made);
  return made;
}

function flatten(list: List, depth: number, made: unknown[]): void {
  if (depth < 1 && isForOneCall(list)) {
    append(made, list);
    return;
  }
  const count = checkLength(list.length);
  for (let index = 0; index < count; index++) {
    const value = list[index];
    if (value === undefined && !(index in list)) continue;
    if (depth >= 1 && isArray(value)) flatten(value, depth - 1, made);
    else made[made.length] = value;
  }
}

function flatMap(original: Method, self: unknown, args: readonly unknown[]): unknown {
  const change = args[0];
  if (self === undefined || self === null || typeof change !== 'function') return applyFunction(original, self, args);
  const list = objectOf(self) as List;
  const count = checkLength(list.length);
  const made = emptyLike(self);
  for (let index = 0; index < count; index++) {
    const value = list[index];
    if (value === undefined && !(index in list)) continue;
    const changed = applyFunction(change as Method, args[1], [value, index, list]);
    if (isArray(changed)) flatten(changed, 0, made);
    else made[made.length] = changed;
  }
  return made;
}

/** What `concat` and the like put their items into: an array, for one of a class derived from it one of that class. */
function emptyLike(self: unknown): unknown[] {
  if (!isArray(self)) return [];
  const maker: unknown = (self as { constructor?: unknown }).constructor;
  if (maker === undefined || maker === ArrayOf) return [];
  const species = (maker as { [SPECIES]?: unknown })[SPECIES];
  return species === undefined || species === null ? [] : new (species as ArrayConstructor)(0);
}

function raw(args: readonly unknown[]): string {
  const { raw: given } = args[0] as { raw?: unknown };
  if (given === undefined || given === null) throw errorNamed('TypeError', 'raw must be a list of texts');
  const texts = objectOf(given) as List;
  const count = checkLength(texts.length);
  let text = '';
  for (let index = 0; index < count; index++) {
    text += textFor(texts[index]);
    if (index + 1 < count && index + 1 < args.length) text += textFor(args[index + 1]);
  }
  return text;
}

function stringify(original: Method, self: unknown, args: readonly unknown[]): unknown {
  const keys = args[1];
  if (!isArray(keys)) return applyFunction(original, self, args);
  if (isProxy(keys)) return applyFunction(original, self, [args[0], ofOneLength(keys), args[2]]);
  checkLength(keys.length);
  return applyFunction(original, self, args);
}
