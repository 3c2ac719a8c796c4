import { isRecord } from '../../web/record';

const DEEPEST = 200;

/**
 * JSON of `executors/codec.ts` as it is shown: values that JSON lacks are `{"$": kind, "value": ...}` there, and become what a
 * person reads. Never throws.
 */
export function untagged(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return value;
  if (Array.isArray(value)) return value.map((each) => untagged(each, depth + 1));
  const fields: Record<string, unknown> = { ...value };
  if (typeof fields.$ === 'string' && Object.keys(fields).every((key) => key === '$' || key === 'value'))
    return ofKind(fields.$, untagged(fields.value, depth + 1));
  for (const [key, each] of Object.entries(fields))
    if (isRecord(each) || Array.isArray(each)) fields[key] = untagged(each, depth + 1);
  return fields;
}

function ofKind(kind: string, value: unknown): unknown {
  if (kind === 'undefined') return undefined;
  if (kind === 'number') return String(value); // a number would be null in JSON
  if (kind === 'bigint') return `${value}n`;
  if (kind === 'Date')
    return typeof value === 'number' && Math.abs(value) < 8.64e15 ? new Date(value).toISOString() : 'Invalid Date';
  if (kind === 'Error' && Array.isArray(value)) return value.join(': ');
  if (kind === 'RegExp' && Array.isArray(value)) return `/${value[0]}/${value[1]}`;
  const isPairs = Array.isArray(value) && value.every((pair) => Array.isArray(pair) && typeof pair[0] === 'string');
  return (kind === 'object' || kind === 'Map') && isPairs ? Object.fromEntries(value) : value;
}
