import { expect, test } from 'vitest';
import { playFile } from '../../scripts/cases/play-file';
import { CaseSkipped, type Player, type Verdict } from '../../scripts/cases/player';
import { watchRejectionsOfProcess } from '../../scripts/cases/process-rejections';

/** A player whose cases say what becomes of them. */
const fakePlayer: Player = {
  kind: 'fake/1',
  keys: { id: { needed: true, types: ['text'] }, does: { values: ['pass', 'fail', 'skip', 'throw'] } },
  async play({ does }) {
    if (does === 'skip') throw new CaseSkipped('no such runtime');
    if (does === 'throw') throw new RangeError('out of sight');
    return does === 'fail' ? ['one', 'two'] : [];
  },
};

test('each case of a file gets a verdict with its reasons', async () => {
  const cases = ['pass', 'fail', 'skip', 'throw'].map((does) => ({ id: does, does }));

  const verdicts = await play({ kind: 'fake/1', description: 'x', cases });

  expect(verdicts).toEqual([
    { file: 'f.json', id: 'pass', state: 'passed' },
    { file: 'f.json', id: 'fail', state: 'failed', reasons: ['one', 'two'] },
    { file: 'f.json', id: 'skip', state: 'skipped', reason: 'no such runtime' },
    { file: 'f.json', id: 'throw', state: 'failed', reasons: ['threw RangeError: out of sight'] },
  ]);
});

test('a case of an unknown kind fails by name', async () => {
  const verdicts = await play({ kind: 'fake/2', cases: [{ id: 'a', does: 'pass' }] });

  expect(verdicts).toEqual([
    { file: 'f.json', id: 'a', state: 'failed', reasons: ['unknown kind "fake/2"; known: fake/1'] },
  ]);
});

test('a key that the file forbids, or that the player does not know, fails that case alone', async () => {
  const format = {
    keys: { id: 'needed', does: { is: 'x', values: ['pass', 'fail'] }, extra: 'the player knows nothing of it' },
  };
  const cases = [
    { id: 'a', does: 'skip' },
    { id: 'b', extra: 1 },
    { id: 'c', does: 'pass' },
    { does: 'pass' },
    { id: 'c' },
  ];

  const verdicts = await play({ kind: 'fake/1', format, cases });

  expect(verdicts.map((verdict) => (verdict.state === 'failed' ? verdict.reasons : verdict.state))).toEqual([
    ['does: unknown value "skip"; allowed: "pass", "fail"'],
    ['the runner: unknown key extra'],
    'passed',
    ['the runner: id is needed'],
    ['the id "c" is not unique in this file'],
  ]);
});

test.each([
  ['no cases', { kind: 'fake/1', cases: [] }, 'the file holds no cases'],
  ['no list', { kind: 'fake/1' }, 'a file must hold a list of cases'],
  ['no kind', {}, 'unknown kind undefined; known: fake/1'],
  ['a list', [], 'unknown kind undefined; known: fake/1'],
])('a file with %s fails as a whole', async (_what, content, reason) => {
  const verdicts = await play(content);

  expect(verdicts).toEqual([{ file: 'f.json', id: '(file)', state: 'failed', reasons: [reason] }]);
});

test.each([
  ['a key that no file has', { formats: {} }, 'unknown key formats of the file'],
  ['a format that says nothing', { format: {} }, 'format.keys must say a text or rules for each key'],
  [
    'a rule that nobody knows',
    { format: { keys: { id: { regex: 'x' } } } },
    'format.keys must say a text or rules for each key',
  ],
])('%s fails every case of the file', async (_what, more, reason) => {
  const verdicts = await play({ kind: 'fake/1', cases: [{ id: 'a' }, { id: 'b' }], ...more });

  expect(verdicts.map((verdict) => verdict.state === 'failed' && verdict.reasons)).toEqual([[reason], [reason]]);
});

test('only the case asked for is played', async () => {
  const verdicts = await play({ kind: 'fake/1', cases: [{ id: 'a' }, { id: 'b' }] }, 'b');

  expect(verdicts.map(({ id }) => id)).toEqual(['b']);
});

async function play(content: unknown, only?: string): Promise<Verdict[]> {
  const players = new Map([[fakePlayer.kind, fakePlayer]]);
  const verdicts: Verdict[] = [];
  for await (const verdict of playFile(content, {
    file: 'f.json',
    players,
    surroundings: { runtime: 'node', realTimeFactor: 1, watchRejections: watchRejectionsOfProcess },
    only,
  }))
    verdicts.push(verdict);
  return verdicts;
}
