import { expect, test } from 'vitest';
import { KeptLog } from '../../src/agents/saved/kept-log';
import type { LogEntry } from '../../src/agents/saved/log-entry';
import { systemClock } from '../../src/web/clock';

const MB = 1024 * 1024;

const call = { id: 'c', name: 'pay', arguments: {} };

/** Sizes of the snapshots that are kept, of steps or, by negative sizes, of waits in the step after. */
async function kept(sizes: readonly number[]): Promise<(number | 'lost')[]> {
  const log = new KeptLog({
    sink: undefined,
    clock: systemClock,
    signal: new AbortController().signal,
    abort: () => {},
  });
  let number = 1;
  for (const size of sizes) {
    const snapshot = Promise.resolve(new Uint8Array(Math.abs(size)));
    if (size < 0) {
      await log.write({ type: 'waiting', number, calls: [], held: [call], snapshot });
      continue;
    }
    const step = { type: 'action', number, text: '', toolCalls: [], timing: { startMs: 0, endMs: 0 } } as const;
    await log.write({ type: 'step', number, step: { ...step, toolCalls: [] }, snapshot });
    number++;
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

test('of a step that waits the last snapshot is kept, under the same limits, and none when the step is done', async () => {
  expect(await kept([1, -2, -3, -4])).toEqual([1, 'lost', 'lost', 4]);
  expect(await kept([1, -2, 3])).toEqual([1, 'lost', 3]);
  expect(await kept([30 * MB, -40 * MB])).toEqual(['lost', 40 * MB]);
  expect(await kept([1, -65 * MB])).toEqual(['lost', 'lost']);
  expect(await kept([...Array.from({ length: 20 }, () => 1), -2])).toEqual([
    'lost',
    ...Array.from({ length: 19 }, () => 1),
    2,
  ]);
});

test('what a managed agent did is put away with its report, without snapshots and messages, for a fork inside it', async () => {
  const { signal } = new AbortController();
  const log = new KeptLog({ sink: undefined, clock: systemClock, signal, abort: () => {} });
  const below = log.below('c');
  const step = { type: 'action', number: 1, text: '', toolCalls: [], timing: { startMs: 0, endMs: 0 } } as const;
  const snapshot = Promise.resolve(new Uint8Array(1));

  await below.write({ type: 'step', number: 1, step: { ...step, toolCalls: [], inputMessages: [] }, snapshot });
  await log.write({ type: 'result', number: 1, call, outcome: { output: 1 } });

  expect(log.entries.map(({ type }) => type)).toEqual(['result']);
  expect(log.whole).toEqual([{ type: 'step', within: ['c'], number: 1, step, snapshot: 'lost' }, log.entries[0]]);
});
