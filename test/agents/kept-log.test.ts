import { expect, test } from 'vitest';
import { KeptLog } from '../../src/agents/saved/kept-log';
import type { LogEntry } from '../../src/agents/saved/log-entry';
import { systemClock } from '../../src/web/clock';

const MB = 1024 * 1024;

async function kept(sizes: readonly number[]): Promise<(number | 'lost')[]> {
  const log = new KeptLog({
    sink: undefined,
    clock: systemClock,
    signal: new AbortController().signal,
    abort: () => {},
  });
  for (const [index, size] of sizes.entries()) {
    const number = index + 1;
    const step = { type: 'action', number, text: '', toolCalls: [], timing: { startMs: 0, endMs: 0 } } as const;
    const snapshot = Promise.resolve(new Uint8Array(size));
    await log.write({ type: 'step', number, step: { ...step, toolCalls: [] }, snapshot });
  }
  await new Promise((resolve) => setImmediate(resolve)); // sizes are known in the background
  return Promise.all(log.entries.map(sizeOf));
}

async function sizeOf(entry: LogEntry): Promise<number | 'lost'> {
  if (!('snapshot' in entry) || entry.snapshot === 'lost') return 'lost';
  return (await entry.snapshot)?.length ?? 'lost';
}

test('snapshots of a run are kept up to 64 MB, the last ones', async () => {
  expect(await kept([30 * MB, 30 * MB, 4 * MB])).toEqual([30 * MB, 30 * MB, 4 * MB]);
  expect(await kept([30 * MB, 30 * MB, 4 * MB + 1])).toEqual(['lost', 30 * MB, 4 * MB + 1]);
  expect(await kept([10, 65 * MB, 10])).toEqual(['lost', 'lost', 10]);
});

test('snapshots of the last 20 steps are kept, however small', async () => {
  const sizes = await kept(Array.from({ length: 23 }, () => 1));

  expect(sizes).toEqual([...Array.from({ length: 3 }, () => 'lost'), ...Array.from({ length: 20 }, () => 1)]);
});
