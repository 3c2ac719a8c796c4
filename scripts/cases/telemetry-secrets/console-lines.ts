const METHODS = ['debug', 'log', 'info', 'warn', 'error', 'trace'] as const;

/** Calls `work` and keeps what it writes to the console in place of writing it. */
export async function consoleLines<Result>(work: () => Promise<Result>): Promise<{ result: Result; lines: string[] }> {
  const lines: string[] = [];
  const before = METHODS.map((method) => console[method]);
  for (const method of METHODS) console[method] = (...values: unknown[]) => void lines.push(values.map(told).join(' '));
  try {
    return { result: await work(), lines };
  } finally {
    for (const [index, method] of METHODS.entries()) console[method] = before[index] ?? console[method];
  }
}

function told(value: unknown): string {
  if (value instanceof Error) return `${value.stack} ${value.cause === undefined ? '' : told(value.cause)}`;
  if (typeof value === 'string') return value;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}
