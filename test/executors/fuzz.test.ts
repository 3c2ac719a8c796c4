import { expect, test } from 'vitest';
import { randomProgram } from '../../scripts/fuzz/programs';
import { Random } from '../../scripts/fuzz/random';
import { throwPrograms } from '../../scripts/fuzz/throw-programs';

const PROGRAMS = 400;

test('programs made up from a seed reach nothing, and what they send arrives as it was', async () => {
  const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 1_000_000);
  console.log(`FUZZ_SEED=${seed}`);

  const { problems, probes, ends } = await throwPrograms({ seed, programs: PROGRAMS });

  expect(problems).toEqual([]);
  expect(probes).toBeGreaterThan(PROGRAMS / 20);
  expect(Object.keys(ends)).toEqual(expect.arrayContaining(['answer', 'error']));
});

test('a seed makes the same programs again', () => {
  const programs = () => {
    const random = new Random(7);
    return Array.from({ length: 20 }, (_, index) => randomProgram(random, String(index)).code);
  };

  expect(programs()).toEqual(programs());
  expect(new Set(programs()).size).toBe(20);
});
