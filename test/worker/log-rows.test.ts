import { expect, test } from 'vitest';
import { memoryRows } from '../../src/worker/rows';
import { LogRows } from '../../src/worker/runs/log-rows';

const MB = 1024 * 1024;

/** A log of one step for each size, whose snapshot has as many bytes; read again from its rows. */
function keptOf(sizes: readonly number[]) {
  const rows = memoryRows();
  const log = new LogRows(rows);
  for (const [index, size] of sizes.entries())
    log.append({ ...{ type: 'step', within: [], number: index + 1 }, snapshot: new Uint8Array(size) } as never);
  return new LogRows(rows).read().map(({ snapshot }) => (snapshot === 'lost' ? 'lost' : 'kept'));
}

test('the newest 20 snapshots of a run are kept, up to 64 MB of them', () => {
  const many = keptOf(Array.from({ length: 22 }, () => 10));
  const large = keptOf([20 * MB, 30 * MB, 30 * MB]);

  expect(many).toEqual(['lost', 'lost', ...Array.from({ length: 20 }, () => 'kept')]);
  expect(large).toEqual(['lost', 'kept', 'kept']);
});

test('what is read again counts with what comes', () => {
  const rows = memoryRows();
  const step = (number: number) =>
    ({ ...{ type: 'step', within: [], number }, snapshot: new Uint8Array(40 * MB) }) as never;
  new LogRows(rows).append(step(1));
  const again = new LogRows(rows);
  again.read();
  again.append(step(2));

  expect(new LogRows(rows).read().map(({ snapshot }) => snapshot === 'lost')).toEqual([true, false]);
});
