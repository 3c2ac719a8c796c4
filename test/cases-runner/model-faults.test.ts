import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import type { ModelFaultCase, ModelName } from '../../scripts/cases/model-faults/case';
import { judge } from '../../scripts/cases/model-faults/judge';
import { MODEL_FAULTS_KEYS } from '../../scripts/cases/model-faults/keys';
import { KEY, type Played, play } from '../../scripts/cases/model-faults/play';
import { MODELS, modelFaultsPlayer } from '../../scripts/cases/model-faults/player';
import { watchRejectionsOfProcess } from '../../scripts/cases/process-rejections';
import { casesOf } from '../fakes/case-files';

const { cases: own }: { cases: ModelFaultCase[] } = JSON.parse(readFileSync('test/cases/model-faults.json', 'utf8'));
const all = [...own, ...casesOf<ModelFaultCase>('hazards/model-faults.json')];
/** Each played once with each model: an expectation has no part in how a case is played. */
const runs: { item: ModelFaultCase; model: ModelName; played: Played }[] = [];

beforeAll(async () => {
  for (const item of all)
    for (const model of item.models ?? MODELS)
      runs.push({ item, model, played: await play(item, model, watchRejectionsOfProcess) });
}, 120_000);

test('all cases pass as they are', () => {
  const failures = runs.flatMap(({ item, model, played }) =>
    judge(item.expect, played).map((failure) => `${item.id} ${model}: ${failure}`),
  );

  expect(failures).toEqual([]);
});

test('some case has every key of a case and of an expectation', () => {
  const keys = Object.keys(MODEL_FAULTS_KEYS).map((path) => path.replace(/(\[\])*(\.\*+)?$/, ''));
  const used = new Set(all.flatMap((item) => pathsIn(item, '')));

  expect(keys.filter((key) => !used.has(key))).toEqual([]);
});

test('a case fails when any one value of its expectation is altered', () => {
  const mutants = runs.flatMap(({ item: { id, expect: expected }, model, played }) =>
    Object.entries(expected).flatMap(([key, value]) =>
      mutantsOf(key, value).map((mutant) => ({
        id,
        model,
        key,
        mutant,
        played,
        altered: { ...expected, [key]: mutant },
      })),
    ),
  );

  const survivors = mutants.filter(({ altered, played }) => judge(altered, played).length === 0);

  expect(mutants.length).toBeGreaterThan(1_000);
  expect(survivors.map(({ id, model, key, mutant }) => ({ id, model, key, mutant }))).toEqual([]);
});

const [first] = own;
const BROKEN: Readonly<Record<string, (played: Played) => Partial<Played>>> = {
  'a second run-end': ({ events }) => ({ events: [...events, ...events.slice(-1)] }),
  'an event behind the run-end': ({ events }) => ({ events: [...events, ...events.slice(0, 1)] }),
  'no result': () => ({ result: undefined }),
  'a second root span': ({ spans }) => ({ spans: [...spans, ...spans.slice(-1)], startedSpans: spans.length + 1 }),
  'a root span that says ERROR of a run that did well': ({ spans }) => ({
    spans: spans.map((span) => Object.assign(Object.create(span), { status: { code: 2 } })),
  }),
  'a span that is not ended': ({ startedSpans }) => ({ startedSpans: startedSpans + 1 }),
  'an attempt behind the end of the script': () => ({ missed: 1 }),
  'a timer that is left': ({ left }) => ({ left: { ...left, sleepers: 1 } }),
  'a reader that is left': ({ left }) => ({ left: { ...left, attempts: 1 } }),
  'a rejection that nobody handles': ({ left }) => ({ left: { ...left, rejections: [new Error('x')] } }),
  'the key in an error': () => ({ error: new Error('no', { cause: new Error(`Bearer ${KEY}`) }) }),
  'the key in an event': ({ events: [start, ...rest] }) => ({
    events: start ? [{ ...start, path: [KEY] }, ...rest] : [],
  }),
  'the key in a span': ({ spans }) => ({
    spans: spans.map((span) => Object.assign(Object.create(span), { attributes: { a: KEY } })),
  }),
};

test.each(Object.entries(BROKEN))('%s fails every case', (_what, breaking) => {
  const broken = runs.find(({ item }) => item.id === first?.id);

  const failures = broken && judge(broken.item.expect, { ...broken.played, ...breaking(broken.played) });

  expect(failures).toContainEqual(expect.stringContaining('always: '));
});

test.each<[string, object]>([
  ['no kind of answer', { script: [{ abortAfterMs: 5 }] }],
  ['two kinds of answer', { script: [{ http: { status: 200 }, network: 'dns' }] }],
  ['two bodies', { script: [{ http: { text: 'a', json: {} } }] }],
  ['two bodies of a stream', { script: [{ sse: { chunks: [], bytesBase64: [] } }] }],
  ['no model', { script: [], models: [] }],
])('a case with %s fails by name', async (_what, parts) => {
  const item = { id: 'x', agent: 'code', expect: { status: 'error' }, ...parts };
  const surroundings = { runtime: 'node', realTimeFactor: 1, watchRejections: watchRejectionsOfProcess } as const;

  await expect(modelFaultsPlayer.play(item, surroundings)).rejects.toMatchObject({ name: 'CaseError' });
});

/** Altered values of one key, each of which a case that passed must fail with. */
function mutantsOf(key: string, value: unknown): unknown[] {
  if (key === 'errorIncludes' || key === 'observationIncludes') return [`${value}\u0001nowhere`];
  if (key === 'memoryExcludes') return ['']; // which is in every text
  if (key === 'maxVirtualMs') return [-1];
  if (key === 'maxToolRuns') return Object.keys(Object(value)).map((name) => ({ [name]: -1 }));
  if (key === 'errorKindAnyOf') return [[], ['nothing']];
  if (key === 'modelCalls' && Array.isArray(value))
    return [
      [1_000, 2_000],
      [-2, -1],
    ];
  if (key === 'delays' && Array.isArray(value)) {
    const later = value.map((_, index) => value.with(index, [1e9, 2e9]));
    return [...later, ...(value.length > 0 ? [value.slice(0, -1)] : []), [...value, [0, 1e9]]];
  }
  if (Array.isArray(value)) {
    const inside = value.map((_, index) => value.with(index, ['nothing', {}]));
    return [...inside, ...(value.length > 0 ? [value.slice(0, -1)] : []), [...value, ['nothing', {}]]];
  }
  return [typeof value === 'number' ? value + 1 : `${value}\u0001`];
}

/** Paths of all keys, in the language of the rules; lists of lists and what is open end at their key. */
function pathsIn(value: unknown, path: string): string[] {
  if (Array.isArray(value)) return [path, ...value.flatMap((item) => pathsIn(item, `${path}[]`))];
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, item]) => pathsIn(item, path === '' ? key : `${path}.${key}`))];
}
