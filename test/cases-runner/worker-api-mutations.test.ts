import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import type { ExpectedResponse, WorkerCase, WorkerExpect } from '../../scripts/cases/worker-api/case';
import { judge } from '../../scripts/cases/worker-api/judge';
import { WORKER_KEYS } from '../../scripts/cases/worker-api/keys';
import { type Played, play } from '../../scripts/cases/worker-api/play';
import { casesOf } from '../fakes/case-files';

const { cases: own }: { cases: WorkerCase[] } = JSON.parse(readFileSync('test/cases/worker-api.json', 'utf8'));
const runs: { item: WorkerCase; played: Played }[] = [];

beforeAll(async () => {
  for (const item of [...own, ...casesOf<WorkerCase>('hazards/worker-api.json')])
    runs.push({ item, played: await play(item) });
});

/** Altered expectations, each of which a case that has the key and passed must fail with. */
const MUTANTS: {
  [Key in keyof Required<WorkerExpect>]: (value: NonNullable<WorkerExpect[Key]>) => WorkerExpect[Key][];
} = {
  responses: (responses) => [
    ...(responses.some((one) => one.statusCounts) ? [] : [[...responses, {}], responses.slice(0, -1)]),
    ...responses.flatMap((one, index) => mutantsOf(one).map((other) => responses.with(index, other))),
  ],
  modelCallsMax: () => [-1],
  modelCallsAfterDisconnectMax: () => [-1],
  upstreamRequestsMax: () => [-1],
  upstreamHostsNot: () => [],
  upstreamHeadersAbsent: () => [['user-agent']],
  prototypeClean: () => [],
};

function mutantsOf(response: ExpectedResponse): ExpectedResponse[] {
  const mutants: ExpectedResponse[] = [];
  const { status, statusCounts, headers, headersExact, bodyExcludes, ...rest } = response;
  if (status !== undefined) mutants.push({ ...response, status: 299 }, { ...response, status: [298, 299] });
  if (statusCounts) mutants.push({ ...response, statusCounts: { ...statusCounts, 299: 1 } });
  for (const name of Object.keys(headers ?? {})) mutants.push({ ...response, headers: { [name]: 'other' } });
  for (const name of Object.keys(headersExact ?? {})) mutants.push({ ...response, headersExact: { [name]: 'other' } });
  if (rest.headersPresent) mutants.push({ ...response, headersPresent: ['x-nowhere'] });
  if (rest.varyIncludes) mutants.push({ ...response, varyIncludes: 'x-nowhere' });
  if (rest.bodyIncludes) mutants.push({ ...response, bodyIncludes: '\u0001nowhere' });
  if (bodyExcludes) mutants.push({ ...response, bodyExcludes: [''] });
  return mutants;
}

test('every case passes as it is', () => {
  const failures = runs.flatMap(({ item, played }) =>
    judge(item.expect ?? {}, played).map((one) => `${item.id}: ${one}`),
  );

  expect(runs.length).toBeGreaterThan(12);
  expect(failures).toEqual([]);
});

test.each(Object.keys(MUTANTS) as (keyof WorkerExpect)[])('%s that is altered fails', (key) => {
  const survivors = runs.flatMap(({ item, played }) =>
    altered(item, key)
      .filter((expected) => judge(expected, played).length === 0)
      .map((expected) => `${item.id}: ${JSON.stringify(expected)}`),
  );

  expect(survivors).toEqual([]);
});

function altered<Key extends keyof WorkerExpect>({ expect: expected = {} }: WorkerCase, key: Key): WorkerExpect[] {
  const value = expected[key];
  if (value === undefined) return [];
  return MUTANTS[key](value).map((mutant) => ({ ...expected, [key]: mutant }));
}

test('what was sent upstream, and a type that is another one, are told apart', () => {
  const { played } = runs.find(({ item }) => item.id === 'own-wk-proxy-hosts') ?? {};
  const { played: problem } = runs.find(({ item }) => item.id === 'own-wk-bodies') ?? {};
  const types = (problem?.responses ?? []).map(() => ({ contentTypeNot: 'application/problem+json' }));

  const asked = played && judge({ upstreamHostsNot: ['docs.example'] }, played);
  const typed = problem && judge({ responses: types }, problem);
  const dirty = played && judge({ prototypeClean: true }, { ...played, isPrototypeClean: false });

  expect(asked).toEqual(['upstreamHostsNot: docs.example was asked']);
  expect(typed).toContainEqual('responses[0].contentTypeNot: it is application/problem+json');
  expect(dirty).toEqual(['prototypeClean: Object.prototype has a new key']);
});

test('some case has every key of an expectation', () => {
  const keys = Object.keys(WORKER_KEYS).flatMap((path) => /^expect\.(\w+)(?:\[\]\.(\w+))?/.exec(path)?.slice(1) ?? []);
  const used = new Set(
    runs.flatMap(({ item }) => [
      ...Object.keys(item.expect ?? {}),
      ...(item.expect?.responses ?? []).flatMap((response) => Object.keys(response)),
    ]),
  );

  expect(keys.filter((key) => key !== undefined && !used.has(key))).toEqual([]);
});
