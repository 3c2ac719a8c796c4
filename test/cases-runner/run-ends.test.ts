import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { watchRejectionsOfProcess } from '../../scripts/cases/process-rejections';
import type { EndsCase } from '../../scripts/cases/run-ends/case';
import { judge } from '../../scripts/cases/run-ends/judge';
import { type EndedRun, play } from '../../scripts/cases/run-ends/play';
import { runEndsPlayer } from '../../scripts/cases/run-ends/player';

const { cases }: { cases: EndsCase[] } = JSON.parse(readFileSync('test/cases/run-ends.json', 'utf8'));
const [item] = cases.filter(({ by, stream }) => by === 'signal' && stream);
let runs: EndedRun[] = [];

beforeAll(async () => {
  if (item) runs = await play({ ...item, microtasks: [2], turns: [] }, watchRejectionsOfProcess);
});

test('a run that is ended behind each of its events ends once, and leaves nothing', () => {
  expect(runs.length).toBeGreaterThan(20);
  expect(judge({ states: ['success', 'interrupted'], runs: 20 }, runs)).toEqual([]);
});

test('a state that no run came to, one that is not expected, and too few runs fail', () => {
  const failures = [
    judge({ states: ['success', 'interrupted', 'budget'], runs: 1 }, runs),
    judge({ states: ['success'], runs: 1 }, runs),
    judge({ states: ['success', 'interrupted'], runs: 1_000 }, runs),
  ];

  expect(failures.map((each) => each.length)).toEqual([1, 1, 1]);
});

test('what is wrong with a single run fails the case, and says when it was ended', () => {
  const broken = runs.map((run, index) => (index === 5 ? { ...run, problems: ['1 timers are left'] } : run));

  const failures = judge({ states: ['success', 'interrupted'], runs: 1 }, broken);

  expect(failures).toEqual([expect.stringMatching(/"event":\d+.*: 1 timers are left/)]);
});

test('a case without states is refused', async () => {
  const surroundings = { runtime: 'node', realTimeFactor: 1, watchRejections: watchRejectionsOfProcess } as const;

  await expect(runEndsPlayer.play({ id: 'x', expect: {} }, surroundings)).rejects.toMatchObject({ name: 'CaseError' });
});
