import { expect, test } from 'vitest';
import { CodeAgent } from '../../src/agents/code-agent';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import { AgentError, AgentGenerationError, AgentToolExecutionError } from '../../src/errors';
import { call, calls, code, collectEvents, failure, finalAnswer, scriptedModel } from '../../src/testing';
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

test('a model that throws a frozen error of the SDK ends the run with one like it, which carries the result', async () => {
  const frozen = Object.freeze(new AgentGenerationError('down', { kind: 'server_error' }));

  const { events, error } = await collectEvents(
    new ToolCallingAgent({ model: scriptedModel(failure(frozen)) }).stream('.'),
  );

  expect(error).toMatchObject({ name: 'AgentGenerationError', message: 'down', kind: 'server_error', cause: frozen });
  expect(error).toMatchObject({ result: { state: 'error' } });
  expect(events.at(-1)?.type).toBe('run-end');
});

test('a model that throws one error in two runs gives each run a result of its own', async () => {
  const same = new AgentGenerationError('down');
  const agent = new ToolCallingAgent({ model: scriptedModel(failure(same), failure(same)) });

  const first = await collectEvents(agent.stream('One.'));
  const second = await collectEvents(agent.stream('Two.'));

  expect(first.error).toMatchObject({ result: { runId: first.events[0]?.runId } });
  expect(second.error).toMatchObject({ result: { runId: second.events[0]?.runId } });
});

test('failed calls of one step are told together, also where an error of the SDK was extended', async () => {
  class Extended extends AgentToolExecutionError {
    constructor({ place }: { place: string }) {
      super(`broke at ${place}`);
    }
  }
  const model = scriptedModel(calls(['boom', {}], ['boom', {}]), finalAnswer('ok'));

  const answer = await new ToolCallingAgent({ model, tools: [throwing(new Extended({ place: 'home' }))] }).run('Go.');

  expect(answer).toBe('ok');
  expect(String(model.requests[1]?.messages.at(-1)?.content)).toContain('broke at home\nbroke at home');
});

test('a system prompt of one’s own that throws is an AgentError of the run', async () => {
  const systemPrompt = () => {
    throw new Error('no template');
  };
  const agent = new ToolCallingAgent({ model: scriptedModel(finalAnswer(1)), promptTemplates: { systemPrompt } });

  const { error } = await collectEvents(agent.stream('Go.'));

  expect(error).toBeInstanceOf(AgentError);
  expect(error).toMatchObject({ message: 'The run failed: Error: no template' });
});
