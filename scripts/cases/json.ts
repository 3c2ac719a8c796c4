/** Whether a value has keys: an object that is no list. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Whether a value of a run is the value that a case expects. Keys whose value is `undefined` count as absent, since JSON
 * cannot say them; 0 and -0 are the same. A Map, Set, Date or any other thing that JSON has not equals nothing.
 */
export function deepEquals(got: unknown, expected: unknown): boolean {
  if (Array.isArray(expected)) {
    return (
      Array.isArray(got) &&
      got.length === expected.length &&
      expected.every((item, index) => deepEquals(got[index], item))
    );
  }
  if (isObject(expected)) {
    if (!isObject(got) || !isPlain(got)) return false;
    const keys = Object.keys(got).filter((key) => got[key] !== undefined);
    return (
      keys.length === Object.keys(expected).length &&
      keys.every((key) => key in expected && deepEquals(got[key], expected[key]))
    );
  }
  return got === expected;
}

/** A value as one line for a person, cut where it is long. */
export function show(value: unknown): string {
  const text = writeJson(value) ?? String(value);
  return text.length > 300 ? `${text.slice(0, 220)} ...(${text.length} characters)... ${text.slice(-60)}` : text;
}

function writeJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? `${item}n` : item));
  } catch {
    return undefined; // a cycle
  }
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
