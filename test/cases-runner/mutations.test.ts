import { beforeAll, expect, test } from 'vitest';
import type { ConformanceCase } from '../../scripts/cases/conformance/case';
import { judge } from '../../scripts/cases/conformance/judge';
import { CONFORMANCE_KEYS } from '../../scripts/cases/conformance/keys';
import { type Played, play } from '../../scripts/cases/conformance/play';
import { allCases, ownCases } from './all-cases';
import { mutantsOf } from './mutants';

const FACTOR = 20; // real limits are no matter of this test
/** Cases that pass as they are, each played once: an expectation has no part in how a case is played. */
const passed: { item: ConformanceCase; played: Played }[] = [];

beforeAll(async () => {
  for (const item of allCases) {
    const played = await play(item);
    if (judge(item.expect ?? {}, played, FACTOR).length === 0) passed.push({ item, played });
  }
}, 120_000);

test('some own case that passes uses every key of an expectation', () => {
  const keys = Object.keys(CONFORMANCE_KEYS).flatMap((path) => /^expect\.([a-z_]+)/.exec(path)?.[1] ?? []);

  const used = new Set(
    passed.filter(({ item }) => ownCases.includes(item)).flatMap(({ item }) => Object.keys(item.expect ?? {})),
  );

  expect(keys.filter((key) => !used.has(key))).toEqual([]);
});

test('a case fails when any one value of its expectation is altered', () => {
  const mutants = passed.flatMap(({ item: { id, expect: expected = {} }, played }) =>
    Object.entries(expected).flatMap(([key, value]) =>
      mutantsOf(key, value).map((mutant) => ({ id, key, mutant, played, altered: { ...expected, [key]: mutant } })),
    ),
  );

  const survivors = mutants.filter(({ altered, played }) => !fails(altered, played));

  expect(mutants.length).toBeGreaterThan(1_000);
  expect(survivors.map(({ id, key, mutant }) => ({ id, key, mutant }))).toEqual([]);
});

test('an answer that is no image fails where an image is expected', () => {
  const others = passed.filter(({ item }) => item.expect?.final !== undefined && item.expect.final_type === undefined);

  const taken = others.filter(({ item, played }) => !fails({ ...item.expect, final_type: 'image' }, played));

  expect(others.length).toBeGreaterThan(10);
  expect(taken.map(({ item }) => item.id)).toEqual([]);
});

test('the clock of a time limit matters: hours on the virtual one take no real time', () => {
  const hours = passed.find(({ item }) => item.id === 'own-tc-hours-take-no-real-time');

  const onVirtual = hours && judge({ ...hours.item.expect, max_seconds_clock: 'virtual' }, hours.played, FACTOR);

  expect(onVirtual).toEqual([expect.stringContaining('took 7200.000 s on the virtual clock')]);
});

test('a limit in real time is multiplied by the factor', () => {
  const [some] = passed;
  const played = some && { ...some.played, last: { ...some.played.last, realMs: 1_500 } };

  const limits = [1, 2].map((factor) => played && judge({ max_seconds: 1, max_seconds_clock: 'real' }, played, factor));

  expect(limits).toEqual([[expect.stringContaining('took 1.500 s on the real clock')], []]);
});

test('a model call after the last entry of a script fails the case, though the run ends well', async () => {
  const item: ConformanceCase = {
    id: 'too-short',
    agent: 'tool-calling',
    task: 'Ask.',
    managed_agents: [{ agent: 'tool-calling', name: 'clerk', description: 'A clerk.', script: [] }],
    script: [
      { tool_calls: [{ id: 'k1', name: 'clerk', arguments: { task: 'x' } }] },
      { tool_calls: [{ id: 'k2', name: 'final_answer', arguments: { answer: 1 } }] },
    ],
  };

  const failures = judge({ final: 1 }, await play(item), FACTOR);

  expect(failures).toEqual([
    expect.stringContaining('clerk called its model 1 times, more than the script has entries'),
  ]);
});

/** A case that contradicts itself fails as well: the runner names it. */
function fails(altered: object, played: Played): boolean {
  try {
    return judge(altered, played, FACTOR).length > 0;
  } catch {
    return true;
  }
}
