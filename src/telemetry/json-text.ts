/**
 * A value as JSON text for an attribute. Never throws: what JSON lacks is told in words, pictures are `<image>` (their bytes
 * are in the messages, under a limit of their own), a cycle is `[Circular]`, what cannot be read is `[Unreadable]`.
 */
export function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value, replaced) ?? 'null';
  } catch {
    return slowly(value); // a cycle, or a getter that throws
  }
}

function slowly(value: unknown): string {
  try {
    return JSON.stringify(plain(value, []));
  } catch {
    return '"[Unreadable]"';
  }
}

/** For most values this is all that there is to do, at the speed of the platform. */
function replaced(_key: string, value: unknown): unknown {
  if (typeof value === 'string' || typeof value === 'boolean' || Array.isArray(value)) return value;
  const isPlain = typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
  if (!isPlain) return plain(value, []);
  return isPicture(value) ? PICTURE : value;
}

/** Text as it is, anything else as JSON. */
export function plainText(value: unknown): string {
  return typeof value === 'string' ? value : jsonText(value);
}

const PICTURE = '<image>';

/** `above` are the objects around this one. */
function plain(value: unknown, above: readonly object[]): unknown {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'function' || typeof value === 'symbol') return String(value);
  if (typeof value !== 'object') return value;
  if (above.includes(value)) return '[Circular]';
  return plainObject(value, [...above, value]);
}

function plainObject(value: object, above: readonly object[]): unknown {
  const list = (items: Iterable<unknown>) => Array.from(items, (item) => plain(item, above));
  if (Array.isArray(value) || value instanceof Set) return list(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (value instanceof Map)
    return entries(
      [...value].map(([key, item]) => [String(key), item]),
      above,
    );
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return `<${value.byteLength} bytes>`;
  if (value instanceof Blob) return value.type.startsWith('image/') ? PICTURE : `<${value.size} bytes>`;
  if (isPicture(value)) return PICTURE;
  return entries(Object.entries(value), above);
}

function entries(pairs: readonly (readonly [string, unknown])[], above: readonly object[]): Record<string, unknown> {
  return Object.fromEntries(pairs.map(([key, item]) => [key, plain(item, above)]));
}

function isPicture(value: object): boolean {
  return 'type' in value && value.type === 'image' && 'url' in value;
}
