import { expect, test } from 'vitest';
import type { RunResult } from '../../src/agents/agent';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import { call, calls, finalAnswer, scriptedModel, text, virtualClock } from '../../src/testing';
import { tool } from '../../src/tools/tool';

const inputs = { text: { type: 'string', description: 'A text' } } as const;
const echo = tool({ name: 'echo', description: 'Says it again.', inputs, execute: ({ text }) => text });
const fail = tool({
  name: 'fail',
  description: 'Fails.',
  inputs,
  execute: ({ text }) => {
    throw new Error(text);
  },
});

function agentOf() {
  const helper = new ToolCallingAgent({
    model: scriptedModel(call('echo', { text: 'inside' }), finalAnswer('helped')),
    tools: [echo],
    name: 'helper',
    description: 'Helps.',
  });
  const model = scriptedModel(
    calls(['echo', { text: 'a' }, 'one'], ['fail', { text: 'b' }, 'two']),
    text('no call at all'),
    call('helper', { task: 'Help.' }),
    finalAnswer('done'),
  );
  return new ToolCallingAgent({ model, tools: [echo, fail], managedAgents: [helper] });
}

/** What a run came to, without what can be done with it. */
const factsOf = ({ continue: _, fork: __, save: ___, ...facts }: RunResult) => facts;

const settings = () => ({ clock: virtualClock(), ids: () => 'id' });

test('a run comes to the same whether its events can be read or not', async () => {
  const read = agentOf().stream('Go.', settings());
  const types: string[] = [];
  for await (const { type } of read) types.push(type);

  const unread = factsOf(await agentOf().run('Go.', { ...settings(), returnFullResult: true }));

  expect(unread).toEqual(factsOf(await read.result));
  expect(unread.steps).toHaveLength(5);
  expect(types.filter((type) => type === 'step')).toHaveLength(6);
  expect(types.filter((type) => type === 'tool-result')).toHaveLength(6);
});

test('the events of a run are all made, though those of the run that it goes on from were not', async () => {
  const agent = new ToolCallingAgent({ model: scriptedModel(finalAnswer(1), finalAnswer(2)), tools: [echo] });
  await agent.run('Go.');

  const types: string[] = [];
  for await (const { type } of agent.stream('Again.', { reset: false })) types.push(type);

  expect(types).toEqual(['run-start', 'tool-call', 'tool-result', 'step', 'final-answer', 'run-end']);
});

test('an abort ends a run that nobody reads while a tool hangs, and the step before it is kept', async () => {
  const caller = new AbortController();
  const hang = tool({
    name: 'hang',
    description: 'Never ends.',
    inputs: {},
    execute: () => {
      caller.abort('enough');
      return new Promise<never>(() => {});
    },
  });
  const model = scriptedModel(call('echo', { text: 'a' }), call('hang', {}), finalAnswer(1));
  const agent = new ToolCallingAgent({ model, tools: [echo, hang] });

  const ending = agent.run('Go.', { signal: caller.signal });

  await expect(ending).rejects.toMatchObject({ kind: 'aborted', result: { state: 'interrupted' } });
  await expect(ending).rejects.toHaveProperty('result.steps.1.observations', 'a');
  expect(model.requests).toHaveLength(2);
});
