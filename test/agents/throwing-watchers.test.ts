import { expect, test } from 'vitest';
import { type Scope, unwatched, type Watcher } from '../../src/agents/scope';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import { collectEvents, finalAnswer, scriptedModel } from '../../src/testing';

test('a run whose watcher throws at its end has its answer and one run-end all the same', async () => {
  const throwing: Scope = {
    ...unwatched,
    end: () => {
      throw new Error('the watcher fell asleep');
    },
  };
  const telemetry: Watcher = { watch: () => throwing };
  const agent = new ToolCallingAgent({ model: scriptedModel(finalAnswer(3)) });
  const run = agent.stream('Go.', { telemetry });

  const { events, error } = await collectEvents(run);

  expect(error).toBeUndefined();
  expect(events.filter(({ type }) => type === 'run-end')).toHaveLength(1);
  expect(await run.result).toMatchObject({ output: 3, state: 'success' });
});
