import { expect, test } from 'vitest';
import { CallTally, type CallTurn } from '../../src/agents/calls/call-tally';

const idle = new AbortController().signal;
const tallyOf = (repeatLimit: number) => new CallTally({ repeatLimit, tools: [], managedAgents: [] });
const call = (args: unknown, name = 'find') => ({ id: 'id', name, arguments: args });

test('calls that are alike run at once as far as the limit allows, and the next one hears what those gave', async () => {
  const tally = tallyOf(2);
  const [first, second] = await Promise.all([
    tally.enter(call({ a: 1 }), 1, idle),
    tally.enter(call({ a: 1 }), 1, idle),
  ]);
  const third = tally.enter(call({ a: 1 }), 1, idle);

  first.end('same');
  second.end('same');

  await expect(third).rejects.toThrow('was not run again');
  expect(tally.exceeded?.kind).toBe('repeat_limit');
});

test('another result meanwhile lets the call that waits run, and starts the count anew', async () => {
  const tally = tallyOf(2);
  const [first, second] = await Promise.all([tally.enter(call('a'), 1, idle), tally.enter(call('a'), 1, idle)]);
  const third = tally.enter(call('a'), 1, idle);
  first.end('one');
  second.end('another');

  (await third).end('a third');

  expect(tally.exceeded).toBeUndefined();
  expect(tally.callsOf(1).map(({ seen }) => seen)).toEqual([{ outcome: 'a third', count: 1, step: 1 }]);
});

test('a call that waits for its like ends with an abort, and one that gave nothing leaves no count', async () => {
  const tally = tallyOf(1);
  const aborter = new AbortController();
  const turn = await tally.enter(call('a'), 1, idle);
  const waiting = tally.enter(call('a'), 1, aborter.signal);

  aborter.abort(new Error('enough'));
  turn.end();

  await expect(waiting).rejects.toThrow('enough');
  expect(tally.callsOf(1)).toEqual([]);
});

test('a step has its own calls alone, alike ones once, with all results in one order', () => {
  const tally = tallyOf(3);
  const make = (name: string, outcome: string, step: number) =>
    (tally.enter(call({}, name), step, idle) as CallTurn).end(outcome);
  make('find', 'early', 1);
  make('read', 'x', 2);
  make('find', 'b', 2);
  make('find', 'a', 2);

  const told = tally.callsOf(2).map(({ name, seen }) => [name, seen.outcome]);

  expect(told).toEqual([
    ['read', 'x'],
    ['find', 'a'],
  ]);
  expect(tally.resultsOf(2)).toBe('find {} a\nfind {} b\nread {} x');
  expect(tally.callsOf(1)).toEqual([]);
});
