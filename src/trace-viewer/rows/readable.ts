/**
 * A value of a live run, which may be anything, as one that can be read without fear: itself where JSON can say it; else a copy in
 * which cycles and big integers are texts; `[Unreadable]` where reading throws.
 */
export function readable(value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'symbol' || typeof value === 'function') return `[${typeof value}]`;
  if (typeof value !== 'object' || value === null) return value;
  try {
    JSON.stringify(value);
    return value;
  } catch {
    return copied(value);
  }
}

function copied(value: object): unknown {
  const above: unknown[] = [];
  function plain(this: unknown, _key: string, each: unknown): unknown {
    if (typeof each === 'bigint') return `${each}n`;
    if (typeof each !== 'object' || each === null) return each;
    while (above.length && above.at(-1) !== this) above.pop();
    if (above.includes(each)) return '[Circular]';
    above.push(each);
    return each;
  }
  try {
    return JSON.parse(JSON.stringify(value, plain) ?? 'null');
  } catch {
    return '[Unreadable]';
  }
}
