/**
 * Built-ins as they were when this file was first run. It is run on the host and, before any code of the model, in
 * the guest: what guest code changes later (`JSON.parse = ...`, setters on prototypes) does not reach the bridge.
 * Who builds on it uses no method of a value, no spread, no `for...of`, and sets no slot that is not there yet.
 */
const { apply } = Reflect;
const describe = Object.getOwnPropertyDescriptor;
const define = Object.defineProperty;

/** The method as a function that takes its `this` first. */
export function uncurried<This, Args extends unknown[], Result>(
  method: (this: This, ...args: Args) => Result,
): (self: This, ...args: Args) => Result {
  return (self, ...args) => apply(method, self, args);
}

/** The getter of a prototype as a function; it throws a `TypeError` for objects of another kind. */
export function getterOf(prototype: object, key: string | symbol): (self: object) => unknown {
  const get = describe(prototype, key)?.get;
  return (self) => (get ? apply(get, self, []) : undefined);
}

/** Gives `target` an own property, whatever its prototypes hold. */
export function setOwn(target: object, key: string | number, value: unknown): void {
  const slot = { __proto__: null, value, writable: true, enumerable: true, configurable: true };
  define(target, key, slot);
}

/** Whether `read` gives an answer for `self` instead of throwing: how objects of one kind are told. */
export function accepts(read: (self: object) => unknown, self: object): boolean {
  try {
    read(self);
    return true;
  } catch {
    return false;
  }
}

export const applyFunction: (
  target: (...args: never[]) => unknown,
  self: unknown,
  args: readonly unknown[],
) => unknown = apply;
export const isArray: (value: unknown) => value is unknown[] = Array.isArray;
export const keysOf: (value: object) => string[] = Object.keys;
export const prototypeOf: (value: object) => unknown = Object.getPrototypeOf;
export const hasOwn: (value: object, key: PropertyKey) => boolean = Object.hasOwn;
export const jsonText: (value: unknown) => string | undefined = JSON.stringify;
export const parseJson: (text: string) => unknown = JSON.parse;
export const textOf: (value: unknown) => string = String;
export const numberOf: (value: unknown) => number = Number;
export const bigIntOf: (text: string) => bigint = BigInt;
export const slice: (text: string, start: number, end?: number) => string = uncurried(String.prototype.slice);
export const indexOf: (text: string, part: string) => number = uncurried(String.prototype.indexOf);
export const charCode: (text: string, index: number) => number = uncurried(String.prototype.charCodeAt);
export const isFiniteNumber: (value: unknown) => boolean = Number.isFinite;
export const sameValue: (left: unknown, right: unknown) => boolean = Object.is;

export const objectPrototype: object = Object.prototype;
export const promisePrototype: object = Promise.prototype;
export const errorPrototype: object = Error.prototype;

export const promiseThen: (
  promise: Promise<unknown>,
  onValue: (value: unknown) => void,
  onError: (error: unknown) => void,
) => unknown = uncurried(Promise.prototype.then);

export const dateMs: (date: Date) => number = uncurried(Date.prototype.getTime);
export const dateText: (date: Date) => string = uncurried(Date.prototype.toISOString);
export const mapSize: (self: object) => unknown = getterOf(Map.prototype, 'size');
export const setSize: (self: object) => unknown = getterOf(Set.prototype, 'size');
export const eachOfMap: (map: Map<unknown, unknown>, visit: (value: unknown, key: unknown) => void) => void = uncurried(
  Map.prototype.forEach,
);
export const eachOfSet: (set: Set<unknown>, visit: (value: unknown) => void) => void = uncurried(Set.prototype.forEach);
export const putInMap: (map: Map<unknown, unknown>, key: unknown, value: unknown) => unknown = uncurried(
  Map.prototype.set,
);
export const putInSet: (set: Set<unknown>, value: unknown) => unknown = uncurried(Set.prototype.add);
export const putInWeakSet: (set: WeakSet<object>, value: object) => unknown = uncurried(WeakSet.prototype.add);
export const isInWeakSet: (set: WeakSet<object>, value: object) => boolean = uncurried(WeakSet.prototype.has);
export const regExpSource: (self: object) => unknown = getterOf(RegExp.prototype, 'source');
export const regExpFlags: (self: object) => unknown = getterOf(RegExp.prototype, 'flags');
export const bufferLength: (self: object) => unknown = getterOf(ArrayBuffer.prototype, 'byteLength');

const viewPrototype: object = Object.getPrototypeOf(Uint8Array.prototype);
/** `Uint8Array` and the like for a typed array, undefined for anything else. */
export const viewName: (self: object) => unknown = getterOf(viewPrototype, Symbol.toStringTag);
const viewBuffer = getterOf(viewPrototype, 'buffer');
const viewOffset = getterOf(viewPrototype, 'byteOffset');
const viewBytes = getterOf(viewPrototype, 'byteLength');

const DateOf = Date;
const MapOf = Map;
const SetOf = Set;
const RegExpOf = RegExp;

export function newDate(ms: number): Date {
  return new DateOf(ms);
}
export function newMap(): Map<unknown, unknown> {
  return new MapOf();
}
export function newSet(): Set<unknown> {
  return new SetOf();
}
/** Throws a `SyntaxError` as `new RegExp` does. */
export function newRegExp(source: string, flags: string): RegExp {
  return new RegExpOf(source, flags);
}

const BytesOf = Uint8Array;
const BufferOf = ArrayBuffer;

/** The bytes under a typed array or an `ArrayBuffer`, not copied. */
export function bytesUnder(self: object): Uint8Array {
  if (viewName(self) === undefined) return new BytesOf(self as ArrayBuffer);
  return new BytesOf(viewBuffer(self) as ArrayBuffer, numberOf(viewOffset(self)), numberOf(viewBytes(self)));
}

export function newBytes(length: number): Uint8Array<ArrayBuffer> {
  return new BytesOf(new BufferOf(length));
}

type ViewMaker = (buffer: ArrayBuffer) => object;
const viewMakers: { readonly [name: string]: ViewMaker } = viewMakerTable();

function viewMakerTable(): { readonly [name: string]: ViewMaker } {
  const makers: { [name: string]: ViewMaker } = Object.create(null);
  const kinds = [
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
  ];
  for (const Kind of kinds) makers[Kind.name] = (buffer) => new Kind(buffer);
  return makers;
}

/** A typed array of that name over the buffer; undefined for an unknown name. */
export function viewOver(name: string, buffer: ArrayBuffer): object | undefined {
  return viewMakers[name]?.(buffer);
}

const ErrorOf = Error;
type ErrorMaker = (message: string) => Error;
const errorMakers: { readonly [name: string]: ErrorMaker } = errorMakerTable();

function errorMakerTable(): { readonly [name: string]: ErrorMaker } {
  const makers: { [name: string]: ErrorMaker } = Object.create(null);
  const kinds = [Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError];
  for (const Kind of kinds) makers[Kind.name] = (message) => new Kind(message);
  return makers;
}

/** An error of that class where the language has it, else an `Error` that carries the name. */
export function errorNamed(name: string, message: string): Error {
  const known = errorMakers[name];
  if (known) return known(message);
  const error = new ErrorOf(message);
  setOwn(error, 'name', name);
  return error;
}

const chainOf = Object.getPrototypeOf;

/** Whether `Error.prototype` is among the prototypes. */
export function isError(value: object): boolean {
  let at: unknown = chainOf(value);
  for (let depth = 0; depth < 50 && at !== null && typeof at === 'object'; depth++) {
    if (at === errorPrototype) return true;
    at = chainOf(at);
  }
  return false;
}
