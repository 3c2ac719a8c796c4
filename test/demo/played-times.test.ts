import { expect, test } from 'vitest';
import { timesOf } from '../../demo/page/pace';
import recording from '../../demo/recordings/gdp.run.json';
import { readRunFile } from '../../src/testing/index';
import { LiveTrace } from '../../src/trace-viewer/rows/live-trace';
import { readTrace } from '../../src/trace-viewer/rows/read-trace';
import type { Trace } from '../../src/trace-viewer/trace';

/** Begin and end of every row, in milliseconds since the run began. */
function spansOf({ rows, startMs }: Trace) {
  return [...rows.values()].map((row) => ({
    id: row.id,
    from: Math.round(row.startMs - startMs),
    to: Math.round((row.endMs ?? 0) - startMs),
  }));
}

test('a recording that is played has the times of the run at its end, whatever the pace, as its file has them', () => {
  const file = readRunFile(recording);
  const live = new LiveTrace();

  const times = timesOf(file);
  for (const event of file.events) {
    const { delayMs: _, ...told } = times.next().value ?? {};
    live.add(event, told);
  }

  const saved = readTrace(recording);
  expect(spansOf(live.trace)).toEqual(spansOf(saved));
  expect(live.trace.endMs - live.trace.startMs).toBe(saved.endMs - saved.startMs);
});

test('while it is played the time of the run goes on with the pieces of the replies', () => {
  const file = readRunFile(recording);
  const live = new LiveTrace();
  const shown: number[] = [];

  const times = timesOf(file);
  for (const event of file.events) {
    live.add(event, times.next().value ?? {});
    shown.push(live.trace.endMs - live.trace.startMs);
  }

  const leaps = shown.map((ms, index) => ms - (shown[index - 1] ?? 0));
  expect(Math.min(...leaps)).toBeGreaterThan(-200); // an estimate made good
  expect(Math.max(...leaps)).toBeLessThan(3000);
});
