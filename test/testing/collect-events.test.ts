import { expect, test } from 'vitest';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import { AgentError } from '../../src/errors';
import { collectEvents, failure, finalAnswer, scriptedModel, virtualClock } from '../../src/testing/index';

test('a run that succeeds gives its events, each told as it comes, and its result', async () => {
  const agent = new ToolCallingAgent({ model: scriptedModel(finalAnswer(3)) });
  const told: string[] = [];

  const { events, result, error } = await collectEvents(
    agent.stream('Answer.', { clock: virtualClock() }),
    ({ type }) => told.push(type),
  );

  expect(told).toEqual(['run-start', 'tool-call', 'tool-result', 'step', 'final-answer', 'run-end']);
  expect(events.map(({ type }) => type)).toEqual(told);
  expect([result?.output, error]).toEqual([3, undefined]);
});

test('a run that fails gives its events and what it threw', async () => {
  const agent = new ToolCallingAgent({ model: scriptedModel(failure('503 upstream')) });

  const { events, result, error } = await collectEvents(agent.stream('Answer.'));

  expect(events.at(-1)).toMatchObject({ type: 'run-end', state: 'error' });
  expect(error).toBeInstanceOf(AgentError);
  expect(result).toBeUndefined();
});

test('a run can be aborted from inside, at an event', async () => {
  const agent = new ToolCallingAgent({ model: scriptedModel(finalAnswer(3)) });
  const run = agent.stream('Answer.');

  const { events } = await collectEvents(run, ({ type }) => type === 'tool-call' && run.abort('enough'));

  expect(events.at(-1)).toMatchObject({ type: 'run-end', state: 'interrupted' });
});
