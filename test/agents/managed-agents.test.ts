import { describe, expect, test } from 'vitest';
import { ManagedAgent } from '../../src/agents/managed-agent';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import { call, calls, collectEvents, failure, finalAnswer, scriptedModel, virtualClock } from '../../src/testing';
import { addOne, wait } from '../fakes/small-tools';

describe('managed agents', () => {
  const clerk = (...script: Parameters<typeof scriptedModel>) =>
    new ManagedAgent({
      agent: new ToolCallingAgent({ model: scriptedModel(...script), tools: [wait], maxSteps: 2 }),
      name: 'clerk',
      description: 'Knows the harbour.',
    });

  test('work in parallel, each in a run of its own, their events told apart in the one stream', async () => {
    const member = clerk(
      call('wait', { ms: 5, word: 'a' }),
      call('wait', { ms: 5, word: 'b' }),
      finalAnswer('A'),
      finalAnswer('B'),
    );
    const model = scriptedModel(
      calls(['clerk', { task: 'A' }, 'k1'], ['clerk', { task: 'B' }, 'k2']),
      finalAnswer('ok'),
    );
    const agent = new ToolCallingAgent({ model, managedAgents: [member] });

    const { events } = await collectEvents(agent.stream('Both.', { clock: virtualClock() }));

    const inner = events.filter(({ path }) => path.length === 2);
    expect(new Set(inner.map(({ runId }) => runId.split('/')[1]))).toEqual(new Set(['k1', 'k2']));
    expect(inner.every(({ path }) => path.join() === 'ToolCallingAgent,clerk')).toBe(true);
    expect(events.filter(({ type }) => type === 'run-end')).toHaveLength(1);
    expect(events.at(-1)).toMatchObject({ type: 'run-end', state: 'success' });
  });

  test('a failed one is told to the manager, its tokens counted', async () => {
    const member = clerk(
      { ...call('wait', { ms: 1, word: 'x' }), usage: { inputTokens: 7, outputTokens: 1 } },
      failure('500 upstream'),
    );
    const model = scriptedModel(call('clerk', { task: 'A' }), finalAnswer('sorry'));
    const agent = new ToolCallingAgent({ model, managedAgents: [member] });

    const result = await agent.run('Go.', { returnFullResult: true, clock: virtualClock() });

    expect(result.steps[1]).toMatchObject({
      error: { code: 'tool_execution', message: expect.stringContaining('500 upstream') },
    });
    expect(result.inclusiveUsage).toEqual({ inputTokens: 7, outputTokens: 1 });
  });

  test('nest to any depth, with the whole path in each event', async () => {
    const inner = new ToolCallingAgent({
      name: 'inner',
      description: 'Deep.',
      model: scriptedModel(finalAnswer('deep')),
    });
    const middle = new ToolCallingAgent({
      name: 'middle',
      description: 'Between.',
      model: scriptedModel(call('inner', { task: 'x' }), finalAnswer('mid')),
      managedAgents: [inner],
    });
    const outer = new ToolCallingAgent({
      name: 'outer',
      model: scriptedModel(call('middle', { task: 'x' }), finalAnswer('out')),
      managedAgents: [middle],
    });

    const { events } = await collectEvents(outer.stream('Go.'));

    expect(events.some(({ path }) => path.join('>') === 'outer>middle>inner')).toBe(true);
  });

  test('with provideRunSummary the report holds the steps in short', async () => {
    const member = new ManagedAgent({
      agent: new ToolCallingAgent({
        model: scriptedModel(call('add_one', { a: 1 }), finalAnswer('two')),
        tools: [addOne],
      }),
      name: 'clerk',
      description: 'Counts.',
      provideRunSummary: true,
    });
    const model = scriptedModel(call('clerk', { task: 'A' }), finalAnswer('ok'));

    await new ToolCallingAgent({ model, managedAgents: [member] }).run('Go.');

    expect(String(model.requests[1]?.messages.at(-1)?.content)).toMatch(
      /<summary_of_work>[\s\S]*add_one[\s\S]*<\/summary_of_work>/,
    );
  });
});
