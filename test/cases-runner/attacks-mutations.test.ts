import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { watchRejectionsOfProcess } from '../../scripts/cases/process-rejections';
import type { AttackCase, AttackRun, Expectation } from '../../scripts/cases/sandbox-attacks/case';
import { judge } from '../../scripts/cases/sandbox-attacks/judge';
import { ATTACK_KEYS, OUTCOMES } from '../../scripts/cases/sandbox-attacks/keys';
import { type PlayedRun, play } from '../../scripts/cases/sandbox-attacks/play';
import { runsOf, sandboxAttacksPlayer } from '../../scripts/cases/sandbox-attacks/player';
import { casesOf } from '../fakes/case-files';
import { mutantsOf } from './mutants';

const { cases: own }: { cases: AttackCase[] } = JSON.parse(readFileSync('test/cases/sandbox-attacks.json', 'utf8'));
const all = [...own, ...casesOf<AttackCase>('hazards/sandbox-attacks.json')];
/** Those that wait for a time limit take a second each; what they expect, others expect as well. */
const quick = all.filter((item) =>
  runsOf(item).every(({ expect: { outcome = [] } = {} }) => !outcome.includes('timeout')),
);
const FACTOR = 20; // real limits are no matter of this test
const runs: { id: string; expected: Expectation; played: PlayedRun }[] = [];

beforeAll(async () => {
  for (const item of quick) {
    for (const run of runsOf(item))
      runs.push({ id: item.id, expected: run.expect ?? {}, played: await play(run, FACTOR) });
  }
}, 120_000);

test('every case passes as it is', () => {
  const failures = runs.flatMap(({ id, expected, played }) =>
    judge(expected, played, FACTOR).map((one) => `${id}: ${one}`),
  );

  expect(runs.length).toBeGreaterThan(25);
  expect(failures).toEqual([]);
});

test('every outcome but the one that came fails every case', () => {
  const survivors = runs.filter(({ expected, played }) => {
    const others = OUTCOMES.filter((outcome) => outcome !== played.outcome);
    return judge({ ...expected, outcome: others }, played, FACTOR).length === 0;
  });

  expect(survivors).toEqual([]);
});

test('an answer that is altered in any one place fails its case', () => {
  const answered = runs.filter(({ expected, played }) => expected.valueAnyOf && played.outcome === 'value');
  const mutants = answered.flatMap(({ id, expected, played }) =>
    mutantsOf('valueAnyOf', played.answer).map((answer) => ({
      id,
      answer,
      expected: { ...expected, valueAnyOf: [answer] },
      played,
    })),
  );

  const survivors = mutants.filter(({ expected, played }) => judge(expected, played, FACTOR).length === 0);

  expect(mutants.length).toBeGreaterThan(60);
  expect(survivors.map(({ id, answer }) => ({ id, answer }))).toEqual([]);
});

/** What every case must fail with. */
const MUTANTS: [keyof Expectation, Partial<Expectation>][] = [
  ['errorIncludes', { errorIncludes: '\u0001nowhere' }],
  ['hostCallsMax', { hostCallsMax: { add: -1 } }],
  ['maxLogChars', { maxLogChars: -1 }],
  ['maxErrorChars', { maxErrorChars: -1 }],
  ['maxWallMs', { maxWallMs: -1 }],
];

test.each(MUTANTS)('%s that is altered fails every case', (_key, mutant) => {
  const survivors = runs.filter(({ expected, played }) => judge({ ...expected, ...mutant }, played, 1).length === 0);

  expect(survivors.map(({ id }) => id)).toEqual([]);
});

test('a host that was touched fails a case', () => {
  const failures = runs.map(({ expected, played }) =>
    judge(expected, { ...played, touched: ['globalThis changed'] }, FACTOR),
  );

  expect(failures.every((some) => some.join().includes('hostUntouched'))).toBe(true);
});

test('some case has every key of an expectation', () => {
  const keys = Object.keys(ATTACK_KEYS).flatMap((path) => /^expect\.(\w+)/.exec(path)?.[1] ?? []);

  const used = new Set(all.flatMap((item) => runsOf(item)).flatMap((run) => Object.keys(run.expect ?? {})));

  expect(keys.filter((key) => !used.has(key))).toEqual([]);
});

const step: AttackRun = { code: 'final_answer(1)', expect: { outcome: ['value'] } };

test.each<[string, AttackCase]>([
  ['code or runs', { id: 'x', expect: { outcome: ['value'] } }],
  ['in place of code', { id: 'x', ...step, runs: [step] }],
  ['is empty', { id: 'x', runs: [] }],
  ['needs code', { id: 'x', runs: [{ expect: { outcome: ['value'] } }] }],
  ['needs the outcomes', { id: 'x', code: '1' }],
  ['needs the outcome value', { id: 'x', code: '1', expect: { outcome: ['error'], valueAnyOf: [1] } }],
  [
    'needs outcomes that are errors',
    { id: 'x', code: '1', expect: { outcome: ['value', 'error'], errorIncludes: 'x' } },
  ],
  ['no tool nothing', { id: 'x', code: '1', expect: { outcome: ['value'], hostCallsMax: { nothing: 1 } } }],
  ['the code does not', { id: 'x', ...step, code: '})(', parses: true }],
  ['the code does', { id: 'x', ...step, parses: false }],
])('a case that contradicts itself fails by name: %s', (message, item) => {
  expect(() => runsOf(item)).toThrow(message);
});

const here = { realTimeFactor: 1, watchRejections: watchRejectionsOfProcess };

test('a case that needs a stop from outside is skipped by name in workerd, and nowhere else', async () => {
  const item = { id: 'hard', code: 'final_answer(1)', expect: { outcome: ['value'], knownHard: true } };

  const playing = sandboxAttacksPlayer.play(item, { ...here, runtime: 'workerd' });

  await expect(playing).rejects.toThrow('knownHard: workerd');
  expect(await sandboxAttacksPlayer.play(item, { ...here, runtime: 'node' })).toEqual([]);
});

test('a factor that is no whole number scales the limit all the same', async () => {
  const { outcome, problems } = await play({ code: 'final_answer(1)' }, 8.04);

  expect([outcome, problems]).toEqual(['value', []]);
});

test('what the code does to the host is seen', async () => {
  const touch = play({ code: 'final_answer(1)' }, FACTOR);
  Reflect.set(Array.prototype, 'touched', 1);

  const { touched } = await touch;

  Reflect.deleteProperty(Array.prototype, 'touched');
  expect(touched).toEqual(['Array.prototype changed']);
});

test('a canary that a tool lets out is seen', async () => {
  const { touched } = await play({ code: "console.log(['can', 'ary-7d1e'].join(''))" }, FACTOR);

  expect(touched.join()).toContain('the canary is in');
});
