import { errorNamed, setOwn, textOf } from '../../primordials';

export type Method = (...args: unknown[]) => unknown;

/** Puts `deed` in the place of a built-in: it is given the original, and the `this` and arguments of each call. */
export function replaceBuiltIn(
  holder: object,
  name: string,
  deed: (original: Method, self: unknown, args: readonly unknown[]) => unknown,
): void {
  const original = (holder as Record<string, unknown>)[name] as Method;
  const { [name]: replaced } = {
    [name](this: unknown, ...args: unknown[]) {
      return deed(original, this, args);
    },
  };
  if (!replaced) return;
  setOwn(replaced, 'length', original.length);
  Object.defineProperty(holder, name, { value: replaced, writable: true, enumerable: false, configurable: true });
}

/** The interrupt is asked once in 16 rounds: code that goes on to a long built-in has been asked just before. */
export function askWhetherToStop(): void {
  for (let round = 0; round < 16; round++);
}

/** The text that a built-in makes of a value. */
export function textFor(value: unknown): string {
  if (typeof value === 'symbol') throw errorNamed('TypeError', 'cannot convert a symbol to a text');
  return textOf(value);
}

/** The number that a built-in makes of a value; of a symbol or a bigint none. */
export function numberFor(value: unknown): number {
  return +(value as number);
}
