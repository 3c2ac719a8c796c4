import { expect, test } from 'vitest';
import * as manyRuns from '../../scripts/bench/many-runs';
import { median } from '../../scripts/bench/median';
import * as sandbox from '../../scripts/bench/sandbox';
import * as toolStep from '../../scripts/bench/tool-step';

test('the median is the middle value, or the mean of the two in the middle, and there is none of nothing', () => {
  expect([median([3, 1, 2]), median([10, 1, 2, 3])]).toEqual([2, 2.5]);
  expect(() => median([])).toThrow('no values');
});

test.each([
  ['tool-step', () => toolStep.measure({ rounds: 1, runs: 1 })],
  ['many-runs', () => manyRuns.measure({ rounds: 1, runs: 5 })],
  ['sandbox', () => sandbox.measure({ rounds: 1 })],
])(
  'the part %s of the bench measures each of its figures',
  async (_, measure) => {
    const measurements = await measure();

    const names = measurements.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(measurements.filter(({ goal }) => goal)).not.toHaveLength(0);
    for (const { median, name } of measurements) expect(median, name).toSatisfy(Number.isFinite);
  },
  180_000,
);
