import { expect, test } from 'vitest';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import { call, finalAnswer, scriptedModel } from '../../src/testing/scripted-model';
import { tool } from '../../src/tools/tool';
import { memoryRows } from '../../src/worker/rows';
import { asks, hostedWorker } from '../fakes/hosted-worker';

test('a list ends with the entry that fills it, and holds one at least', () => {
  const rows = memoryRows();
  for (const [key, length] of [
    ['a 1', 5],
    ['a 2', 5],
    ['a 3', 1],
    ['b 1', 1],
  ] as const)
    rows.put(key, 'x'.repeat(length));
  const keys = (characters?: number, after = '') => rows.list('a ', after, 9, characters).map(([key]) => key);

  expect(keys()).toEqual(['a 1', 'a 2', 'a 3']);
  expect([keys(11), keys(10), keys(6), keys(5), keys(1)]).toEqual([
    ...[
      ['a 1', 'a 2', 'a 3'],
      ['a 1', 'a 2'],
      ['a 1', 'a 2'],
    ],
    ...[['a 1'], ['a 1']],
  ]);
  expect(keys(1, 'a 2')).toEqual(['a 3']);
});

test('a reader is given large events one by one, small ones many at once', async () => {
  const large = tool({ name: 'large', description: 'x', inputs: {}, execute: () => 'x'.repeat(1_000_000) });
  const model = scriptedModel(...Array.from({ length: 5 }, () => call('large', {})), finalAnswer('done'));
  const agents = { visitor: () => new ToolCallingAgent({ model, tools: [large] }) };
  const { start, ask } = asks(hostedWorker({ agents }));
  const first = await start({ task: 'x' }, { accept: 'text/event-stream' });
  const whole = await first.text();

  const reply = await ask(`${first.headers.get('location')}/events`);
  const pieces: string[] = [];
  const decoder = new TextDecoder();
  for await (const piece of reply.body ?? []) pieces.push(decoder.decode(piece, { stream: true }));

  const lengthOfEach = whole.split('\n\n').map(({ length }) => length);
  expect(pieces.join('')).toBe(whole);
  expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(Math.max(...lengthOfEach) + 300_000);
  expect(pieces.length).toBeLessThan(lengthOfEach.length);
});
