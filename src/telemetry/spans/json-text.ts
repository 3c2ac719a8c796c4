/**
 * A value as JSON text for an attribute. Never throws: what JSON lacks is told in words, pictures are `<image>` (their bytes
 * are in the messages, under a limit of their own), a cycle is `[Circular]`, what cannot be read is `[Unreadable]`.
 */
export function jsonText(value: unknown): string {
  try {
    return JSON.stringify(isOrdinary(value, 0) ? value : plain(value, []));
  } catch {
    return '"[Unreadable]"'; // such as a getter that throws
  }
}

const MAX_DEPTH = 30;

/** Whether JSON has all of it: most values, and the platform is much faster with them than a function of ours for each part. */
function isOrdinary(value: unknown, depth: number): boolean {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || depth > MAX_DEPTH) return false; // a cycle has no end
  if (Array.isArray(value)) return value.every((item) => isOrdinary(item, depth + 1));
  if (Object.getPrototypeOf(value) !== Object.prototype || isPicture(value)) return false;
  return Object.values(value).every((item) => isOrdinary(item, depth + 1));
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
  if ('toJSON' in value && typeof value.toJSON === 'function') return plain(value.toJSON(), above);
  return entries(Object.entries(value), above);
}

function entries(pairs: readonly (readonly [string, unknown])[], above: readonly object[]): Record<string, unknown> {
  return Object.fromEntries(pairs.map(([key, item]) => [key, plain(item, above)]));
}

function isPicture(value: object): boolean {
  return 'type' in value && value.type === 'image' && 'url' in value;
}
