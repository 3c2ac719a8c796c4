import { applyFunction, errorNamed, numberOf, setOwn } from '../../primordials';

/** Longest list that a built-in goes through without asking whether it should stop. */
const MAX_ITEMS = 2e6;
/** Largest product of the lengths of a text and what is looked for in it. */
const MAX_COMPARISONS = 1e8;
/** Longest text that is gone through character by character, in characters: twice what may cross. */
const MAX_TEXT = 2 * 1024 * 1024;
/** Longest text that padding may make, in characters. */
const MAX_PADDED = 1024 * 1024;

const typedArray = Object.getPrototypeOf(Uint8Array.prototype) as object;

type Method = (...args: unknown[]) => unknown;
type Check = (self: unknown, args: readonly unknown[]) => void;

/** Built-ins that the engine cannot interrupt refuse sizes that would take them longer than a step may last. */
export function guardBuiltIns(): void {
  const listMethods = [
    'concat',
    'copyWithin',
    'fill',
    'flat',
    'join',
    'reverse',
    'shift',
    'slice',
    'sort',
    'splice',
    'unshift',
    'toLocaleString',
  ];
  for (const name of listMethods) guard(Array.prototype, name, refuseLongList);
  for (const name of ['join', 'sort', 'toSorted', 'toLocaleString']) guard(typedArray, name, refuseLongList);
  const textMethods = ['toUpperCase', 'toLowerCase', 'toLocaleUpperCase', 'toLocaleLowerCase', 'normalize'];
  for (const name of [...textMethods, 'localeCompare', 'split', 'replaceAll']) {
    guard(String.prototype, name, refuseLongText);
  }
  for (const name of ['indexOf', 'lastIndexOf', 'includes', 'split', 'replace', 'replaceAll']) {
    guard(String.prototype, name, refuseLongSearch);
  }
  for (const name of ['padStart', 'padEnd']) guard(String.prototype, name, refuseLongPadding);
  guard(String, 'raw', (_self, args) => refuseLongList((args[0] as { raw?: unknown } | undefined)?.raw));
}

function guard(holder: object, name: string, check: Check): void {
  const original = (holder as Record<string, unknown>)[name] as Method;
  const { [name]: guarded } = {
    [name](this: unknown, ...args: unknown[]) {
      check(this, args);
      return applyFunction(original, this, args);
    },
  };
  if (!guarded) return;
  setOwn(guarded, 'length', original.length);
  Object.defineProperty(holder, name, { value: guarded, writable: true, enumerable: false, configurable: true });
}

function refuseLongList(list: unknown): void {
  if (lengthOf(list) > MAX_ITEMS)
    throw errorNamed('RangeError', `a list of more than ${MAX_ITEMS} items is too long for this`);
}

function refuseLongText(text: unknown): void {
  if (lengthOf(text) > MAX_TEXT)
    throw errorNamed('RangeError', `a text of more than ${MAX_TEXT} characters is too long for this`);
}

function refuseLongSearch(text: unknown, args: readonly unknown[]): void {
  if (lengthOf(text) * lengthOf(args[0]) > MAX_COMPARISONS) {
    throw errorNamed('RangeError', 'these texts are too long to search one in the other');
  }
}

function refuseLongPadding(_text: unknown, args: readonly unknown[]): void {
  if (typeof args[0] === 'number' && args[0] > MAX_PADDED) {
    throw errorNamed('RangeError', `a text cannot be padded to more than ${MAX_PADDED} characters`);
  }
}

function lengthOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  const { length } = value as { length?: unknown };
  return typeof length === 'number' ? length : typeof length === 'string' ? numberOf(length) : 0;
}
