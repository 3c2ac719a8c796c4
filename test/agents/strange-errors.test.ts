import { expect, test } from 'vitest';
import { CodeAgent } from '../../src/agents/code-agent';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import { call, code, collectEvents, failure, finalAnswer, scriptedModel } from '../../src/testing';
import { tool } from '../../src/tools/tool';

class Unreadable extends Error {
  override get message(): string {
    throw new Error('not for you');
  }
}
const strange: readonly (readonly [string, unknown])[] = [
  ['undefined', undefined],
  ['null', null],
  ['a symbol', Symbol('s')],
  ['an object without a prototype', Object.create(null)],
  ['an object that is no text', { toString: () => ({}) }],
  ['a frozen error', Object.freeze(new Error('frozen'))],
  ['an error whose message throws', new Unreadable()],
  ['an error whose message is no text', Object.assign(new Error(), { message: undefined })],
];
const throwing = (thrown: unknown) =>
  tool({
    name: 'boom',
    description: 'Breaks.',
    inputs: {},
    execute: () => {
      throw thrown;
    },
  });

test.each(strange)('a tool that throws %s fails its call alone, in both agents', async (_, thrown) => {
  const calling = scriptedModel(call('boom', {}), finalAnswer('went on'));
  const coding = scriptedModel(code('await boom()'), code("final_answer('went on')"));
  const tools = [throwing(thrown)];

  const answers = [
    await new ToolCallingAgent({ model: calling, tools }).run('Go.'),
    await new CodeAgent({ model: coding, tools }).run('Go.'),
  ];

  expect(answers).toEqual(['went on', 'went on']);
});

test.each(strange)('a model that throws %s ends the run with a typed error and one run-end', async (_, thrown) => {
  const agent = new ToolCallingAgent({ model: scriptedModel(failure(thrown)) });

  const { events, error } = await collectEvents(agent.stream('Go.'));

  expect(error).toMatchObject({ code: 'generation', result: { state: 'error' } });
  expect(events.map(({ type }) => type)).toEqual(['run-start', 'step', 'run-end']);
});

test.each(strange)('an abort with %s as its reason ends the run as interrupted', async (_, reason) => {
  const agent = new ToolCallingAgent({ model: scriptedModel(finalAnswer(1)) });

  const { events, error } = await collectEvents(agent.stream('Go.', { signal: AbortSignal.abort(reason) }));

  expect(error).toMatchObject({ kind: 'aborted', result: { state: 'interrupted' } });
  expect(events.at(-1)?.type).toBe('run-end');
});

test('the message of an error is cut before the model reads it', async () => {
  const model = scriptedModel(call('boom', {}), finalAnswer('ok'));
  const tools = [throwing(new Error('x'.repeat(1_000_000)))];

  await new ToolCallingAgent({ model, tools }).run('Go.');

  expect(String(model.requests[1]?.messages.at(-1)?.content).length).toBeLessThan(20_000);
});
