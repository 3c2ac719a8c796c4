import { expect, test } from 'vitest';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import { finalAnswer, scriptedModel } from '../../src/testing';

const answering = () => new ToolCallingAgent({ model: scriptedModel(finalAnswer(1)) });

test('a run is disposed of while its reader rests, and the reader is then given the rest of the events', async () => {
  const run = answering().stream('Go.');
  const events = run[Symbol.asyncIterator]();
  await events.next();

  await run[Symbol.asyncDispose]();

  expect(await events.next()).toMatchObject({ value: { type: 'run-end', state: 'interrupted' } });
  await expect(events.next()).rejects.toMatchObject({ kind: 'aborted', result: { state: 'interrupted' } });
});

test('a reader may dispose of the agent between two events, and is told of the end', async () => {
  const agent = answering();
  const seen: string[] = [];

  const reading = (async () => {
    for await (const { type } of agent.stream('Go.')) {
      seen.push(type);
      if (type === 'run-start') await agent[Symbol.asyncDispose]();
    }
  })();

  await expect(reading).rejects.toMatchObject({ kind: 'aborted' });
  expect(seen).toEqual(['run-start', 'run-end']);
});

test('a reader who leaves before the first event ends the run', async () => {
  const model = scriptedModel(finalAnswer(1));
  const run = new ToolCallingAgent({ model }).stream('Go.');

  await run[Symbol.asyncIterator]().return?.();

  await expect(run.result).rejects.toMatchObject({ kind: 'aborted' });
  expect(model.requests).toHaveLength(0);
});

test('a run that is disposed of before it began never calls the model', async () => {
  const model = scriptedModel(finalAnswer(1));
  const run = new ToolCallingAgent({ model }).stream('Go.');
  const result = run.result;

  await run[Symbol.asyncDispose]();

  await expect(result).rejects.toMatchObject({ kind: 'aborted', result: { state: 'interrupted' } });
  expect(model.requests).toHaveLength(0);
});
