import { expect, test } from 'vitest';
import { readTrace } from '../../src/trace-viewer/rows/read-trace';
import { TimeScale } from '../../src/trace-viewer/time-scale';
import { idleGaps } from '../../src/trace-viewer/whole/idle-gaps';

const START = 1_795_380_000_000;

/** Runs of one step each, as seconds from the start. */
function runs(...times: readonly (readonly [from: number, to: number])[]) {
  const at = (seconds: number) => `${START + seconds * 1000}000000`;
  const spans = times.flatMap(([from, to], index) => {
    const stretch = { startTimeUnixNano: at(from), endTimeUnixNano: at(to) };
    return [
      { spanId: `run${index}`, name: 'CodeAgent.run', ...stretch },
      { spanId: `step${index}`, parentSpanId: `run${index}`, name: 'Step 1', ...stretch },
    ];
  });
  return readTrace({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
}

test('the time between two runs is idle, and so is what a run waits between its steps', () => {
  const trace = runs([0, 10], [3600, 3610]);

  const gaps = idleGaps(trace);

  expect(gaps).toEqual([{ fromMs: START + 10_000, toMs: START + 3_600_000 }]);
});

test('runs that overlap, and pauses that are short beside the work, leave nothing to fold', () => {
  expect(idleGaps(runs([0, 100], [50, 60], [99, 120]))).toEqual([]);
  expect(idleGaps(runs([0, 100], [101, 200]))).toEqual([]);
});

test('a folded stretch is a narrow line, what is before and after it keeps its order and gains the room', () => {
  const scale = new TimeScale({ fromMs: 0, toMs: 3_610_000 }, [{ fromMs: 10_000, toMs: 3_600_000 }]);

  const places = [0, 5_000, 10_000, 1_000_000, 3_600_000, 3_605_000, 3_610_000].map((ms) => scale.share(ms));

  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(places[0]).toBe(0);
  expect(places[2]).toBeCloseTo(49, 0);
  expect(places[4]).toBeCloseTo(51, 0);
  expect(places[6]).toBeCloseTo(100);
});

test('what lies outside of a zoomed stretch stays outside, folds too', () => {
  const scale = new TimeScale({ fromMs: 100, toMs: 200 }, [
    { fromMs: 0, toMs: 90 },
    { fromMs: 150, toMs: 900 },
  ]);

  expect(scale.share(50)).toBeLessThan(0);
  expect(scale.share(950)).toBeGreaterThan(100);
  expect(scale.folds).toHaveLength(1);
});
