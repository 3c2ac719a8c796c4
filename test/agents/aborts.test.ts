import { describe, expect, test } from 'vitest';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import type { AgentError } from '../../src/errors';
import { call, calls, scriptedModel, virtualClock } from '../../src/testing';
import { tool } from '../../src/tools/tool';
import { addOne, wait } from '../fakes/small-tools';

describe('an abort', () => {
  test('ends a tool that ignores its signal, keeps the reason and the steps', async () => {
    const stuck = tool({ name: 'stuck', description: 'Never ends.', inputs: {}, execute: () => new Promise(() => {}) });
    const agent = new ToolCallingAgent({
      model: scriptedModel(call('add_one', { a: 1 }), call('stuck', {})),
      tools: [addOne, stuck],
    });
    const run = agent.stream('Wait.');

    const reading = (async () => {
      for await (const event of run)
        if (event.type === 'tool-call' && event.call.name === 'stuck') queueMicrotask(() => run.abort('enough'));
    })();

    await expect(reading).rejects.toMatchObject({ kind: 'aborted', message: expect.stringContaining('enough') });
    const error = await run.result.catch((reason: AgentError) => reason);
    expect(error).toMatchObject({
      result: {
        state: 'interrupted',
        steps: [{ type: 'task' }, { number: 1 }, { number: 2, error: { code: 'agent' } }],
      },
    });
  });

  test('before the start makes no model call', async () => {
    const model = scriptedModel();
    const agent = new ToolCallingAgent({ model });

    await expect(agent.run('Wait.', { signal: AbortSignal.abort(new Error('no time')) })).rejects.toMatchObject({
      message: expect.stringContaining('no time'),
    });
    expect(model.requests).toHaveLength(0);
  });

  test('by a reader who leaves aborts what is under way', async () => {
    let aborted = false;
    const slow = tool({
      name: 'slow',
      description: 'Slow.',
      inputs: {},
      execute: (_, { signal }) =>
        new Promise((resolve) =>
          signal.addEventListener('abort', () => {
            aborted = true;
            resolve(aborted);
          }),
        ),
    });
    const agent = new ToolCallingAgent({
      model: scriptedModel(calls(['slow', {}], ['add_one', { a: 1 }])),
      tools: [slow, addOne],
    });

    for await (const event of agent.stream('Go.')) if (event.type === 'tool-result') break;

    expect(aborted).toBe(true);
  });

  test('reaches managed agents, and leaves no timer', async () => {
    const clock = virtualClock();
    const helper = new ToolCallingAgent({
      name: 'helper',
      description: 'Helps.',
      model: scriptedModel(call('wait', { ms: 1e12, word: 'x' })),
      tools: [wait],
    });
    const agent = new ToolCallingAgent({
      model: scriptedModel(call('helper', { task: 'wait' })),
      managedAgents: [helper],
    });
    const run = agent.stream('Go.', { clock });

    const error = await (async () => {
      for await (const event of run)
        if (event.path.length === 2 && event.type === 'tool-call') queueMicrotask(() => run.abort('stop'));
    })().catch((reason: unknown) => reason);

    expect(error).toMatchObject({ kind: 'aborted' });
    expect(clock.pending).toBe(0);
  });
});
