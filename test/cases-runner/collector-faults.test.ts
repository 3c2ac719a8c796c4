import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import type { CollectorCase, Expectation } from '../../scripts/cases/collector-faults/case';
import { judge } from '../../scripts/cases/collector-faults/judge';
import { COLLECTOR_FAULTS_KEYS } from '../../scripts/cases/collector-faults/keys';
import { type Played, play } from '../../scripts/cases/collector-faults/play';
import { casesOf } from '../fakes/case-files';

const { cases: ownCases }: { cases: CollectorCase[] } = JSON.parse(
  readFileSync('test/cases/collector-faults.json', 'utf8'),
);
const all = [...ownCases, ...casesOf<CollectorCase>('hazards/collector-faults.json')];
/** Each played once: an expectation has no part in how a case is played. */
const passed: { item: CollectorCase; expected: Expectation; played: Played }[] = [];

beforeAll(async () => {
  for (const item of all) {
    const played = await play(item);
    if (judge(item.expect ?? {}, played).length === 0) passed.push({ item, expected: item.expect ?? {}, played });
  }
}, 120_000);

test('all cases pass as they are', () => {
  expect(passed.map(({ item }) => item.id)).toEqual(all.map(({ id }) => id));
});

test('some case uses every key of an expectation', () => {
  const keys = Object.keys(COLLECTOR_FAULTS_KEYS).flatMap((path) => /^expect\.(\w+)/.exec(path)?.[1] ?? []);

  const used = new Set(all.flatMap((item) => Object.keys(item.expect ?? {})));

  expect(keys.filter((key) => !used.has(key))).toEqual([]);
});

test('a case fails when any one value of its expectation is altered', () => {
  const mutants = passed.flatMap(({ item: { id }, expected, played }) =>
    Object.entries(expected).flatMap(([key, value]) =>
      mutantsOf(key, value).map((mutant) => ({ id, key, mutant, played, altered: { ...expected, [key]: mutant } })),
    ),
  );

  const survivors = mutants.filter(({ altered, played }) => judge(altered, played).length === 0);

  expect(mutants.length).toBeGreaterThan(150);
  expect(survivors.map(({ id, key, mutant }) => ({ id, key, mutant }))).toEqual([]);
});

test('a loss that the exporter does not tell of fails a case', () => {
  const [some] = passed;

  const failures = some && judge(some.expected, { ...some.played, toldAsDropped: 1 });

  expect(failures).toEqual([expect.stringContaining('onDrop')]);
});

test('a request after the end of the script fails the case', async () => {
  const item: CollectorCase = { id: 'short', produce: [{ atMs: 0, spans: 1 }], script: [{ status: 503 }] };

  const failures = judge({}, await play({ ...item, settings: { maxElapsedMs: 2_000 } }));

  expect(failures).toContainEqual(expect.stringContaining('after the end of the script'));
});

/** Altered values of one key, each of which a case that passed must fail with. */
function mutantsOf(key: string, value: unknown): unknown[] {
  if (key.endsWith('Max') || key === 'maxVirtualMs') return [-1];
  if (key === 'deliveredMin') return [1_000_000];
  if (Array.isArray(value) && key === 'requests') {
    const most = Number(value[1]);
    return [
      [most + 1, most + 1],
      [-2, -1],
    ];
  }
  if (Array.isArray(value)) {
    const later = value.map((_, index) => value.with(index, [1e9, 2e9]));
    return [...later, value.slice(0, -1), [...value, [0, 1e9]]];
  }
  return typeof value === 'boolean' ? [!value] : [Number(value) + 1, Number(value) - 1];
}
