import { expect, test } from 'vitest';
import { judge } from '../../scripts/cases/conformance/judge';
import { play } from '../../scripts/cases/conformance/play';
import { allCases } from './all-cases';
import {
  argumentsAsText,
  readAsStream,
  repliesInPieces,
  streamedOutputs,
  type Transformation,
  withoutReset,
} from './transformations';

const FACTOR = 20; // real limits are no matter of this test
/** Those that spin in real time are left out: they say nothing more here, and take seconds. */
const all = allCases.filter(({ script = [] }) => !script.some(({ text }) => text?.includes('while (true)')));

test.each<[string, Transformation]>([
  ['reading the events', readAsStream],
  ['going on from no run', withoutReset],
  ['arguments as JSON text', argumentsAsText],
  ['replies in pieces', repliesInPieces],
  ['streamed outputs', streamedOutputs],
])('%s changes nothing that a case expects', async (_what, transformation) => {
  const transformed = all.flatMap((item) => transformation(item) ?? []);

  const failures: string[] = [];
  for (const item of transformed) {
    const wrong = judge(item.expect ?? {}, await play(item), FACTOR);
    failures.push(...wrong.map((one) => `${item.id}: ${one}`));
  }

  expect(transformed.length).toBeGreaterThan(200);
  expect(failures).toEqual([]);
});
