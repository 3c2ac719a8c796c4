import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { serveOverHttp } from '../../scripts/cases/serve-over-http';
import type { SecretsCase, SecretsExpect } from '../../scripts/cases/telemetry-secrets/case';
import { judge } from '../../scripts/cases/telemetry-secrets/judge';
import { SECRETS_KEYS } from '../../scripts/cases/telemetry-secrets/keys';
import { type Played, play } from '../../scripts/cases/telemetry-secrets/play';
import { casesOf } from '../fakes/case-files';

const { cases: own }: { cases: SecretsCase[] } = JSON.parse(readFileSync('test/cases/telemetry/secrets.json', 'utf8'));
const runs: { item: SecretsCase; played: Played }[] = [];
const FACTOR = 20; // real limits are no matter of this test

beforeAll(async () => {
  for (const item of [...own, ...casesOf<SecretsCase>('hazards/telemetry-secrets.json')])
    runs.push({ item, played: await play(item, serveOverHttp) });
});

test('every case passes as it is', () => {
  const failures = runs.flatMap(({ item, played }) =>
    judge(item.expect ?? {}, played, FACTOR).map((one) => `${item.id}: ${one}`),
  );

  expect(runs.length).toBeGreaterThan(6);
  expect(failures).toEqual([]);
});

/** What every case must fail with: texts and keys that are there, or that are nowhere. */
const MUTANTS: { [Key in Exclude<keyof SecretsExpect, 'where' | 'bodiesParse'>]: SecretsExpect[Key] } = {
  mustNotContain: ['openinference.instrumentation.smolagents'],
  mustContain: ['\u0001nowhere'],
  redactedKeys: ['openinference.span.kind'],
  absentKeys: ['smolagents.*'],
  presentKeys: ['nowhere.*'],
  maxSpansNamed: { 'Step 1': 0 },
  maxRedactMs: -1,
};

test.each(Object.entries(MUTANTS))('%s that is altered fails every case', (key, mutant) => {
  const survivors = runs.filter(({ played }) => judge({ [key]: mutant }, played, 1).length === 0);

  expect(survivors.map(({ item }) => item.id)).toEqual([]);
});

test('a body that is cut off fails where bodies must be whole', () => {
  const [{ played } = { played: undefined }] = runs;
  const cut = played && { ...played, bodies: played.bodies.map((body) => body.slice(0, -1)) };

  expect(cut && judge({ bodiesParse: true }, cut, 1)).toContainEqual(expect.stringContaining('bodiesParse'));
});

test('what is searched matters: a header of the exporter is in its requests alone', () => {
  const played = runs.find(({ item }) => item.id === 'own-ts-requests')?.played;
  const expected = { mustContain: ['x-project-name: mine'] };

  const found = (['spans', 'requests', 'console'] as const).map(
    (where) => played && judge({ ...expected, where }, played, 1).length,
  );

  expect(found).toEqual([1, 0, 1]);
});

test('some case has every key of an expectation', () => {
  const keys = Object.keys(SECRETS_KEYS).flatMap((path) => /^expect\.(\w+)/.exec(path)?.[1] ?? []);
  const used = new Set(runs.flatMap(({ item }) => Object.keys(item.expect ?? {})));

  expect(keys.filter((key) => !used.has(key))).toEqual([]);
});
