import { expect, test } from 'vitest';
import { ManagedAgent } from '../../src/agents/managed-agent';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import type { AgentError } from '../../src/errors';
import type { Model } from '../../src/models/model';
import { call, calls, finalAnswer, scriptedModel } from '../../src/testing/scripted-model';
import { remoteWorker } from '../fakes/remote-worker';
import { addOne } from '../fakes/small-tools';

const usage = { inputTokens: 10, outputTokens: 2 };
const adder = () =>
  new ToolCallingAgent({
    model: scriptedModel(
      { ...call('add_one', { a: 1 }), usage },
      { ...call('add_one', { a: 2 }), usage },
      { ...finalAnswer({ sum: 3 }), usage },
    ),
    tools: [addOne],
  });

test('the budget of a manager ends what its remote agent does', async () => {
  const { agent, fetch, facts } = remoteWorker({ agents: { adder } });
  const managed = new ManagedAgent({ agent: agent(), name: 'helper', description: 'Adds.' });
  const model = scriptedModel(call('helper', { task: 'Add.' }), finalAnswer('never'));
  const manager = new ToolCallingAgent({ model, managedAgents: [managed], budget: { steps: 2 } });
  const seen = new Set<string>();

  const run = manager.run('Ask.', {
    fetch: async (input, init) => {
      const response = await fetch(input, init);
      seen.add(response.headers.get('location')?.slice('/runs/'.length) ?? '');
      return response;
    },
  });

  await expect(run).rejects.toMatchObject({ kind: 'budget' });
  await expect.poll(async () => ((await facts([...seen][0] ?? '')) as { state: string }).state).not.toBe('running');
});

const priced = (entry: Parameters<typeof scriptedModel>[0]) => ({
  ...entry,
  usage: { inputTokens: 60, outputTokens: 40 },
});

test.each([
  [{ tokens: 500 }, { state: 'budget', exhausted: 'tokens' }],
  [{ toolCalls: 4 }, { state: 'budget', exhausted: 'toolCalls' }],
  [{ steps: 4 }, { state: 'budget', exhausted: 'steps' }],
  [
    { tokens: 1_100, toolCalls: 9, steps: 11 },
    { state: 'success', spent: { tokens: 1_100, toolCalls: 9, steps: 11 } },
  ],
])('the budget %j bounds a remote agent as it does a local one', async (budget, ended) => {
  const turns = Array.from({ length: 8 }, (_, index) => priced(call('add_one', { a: index })));
  const many = () =>
    new ToolCallingAgent({ model: scriptedModel(...turns, priced(finalAnswer('summed'))), tools: [addOne] });
  const { agent, fetch } = remoteWorker({ agents: { many } });
  const identity = { name: 'helper', description: 'Adds.' };
  const results = [];

  for (const helper of [new ManagedAgent({ agent: many(), ...identity }), agent(identity)]) {
    const model = scriptedModel(priced(call('helper', { task: 'Add.' })), priced(finalAnswer('done')));
    const manager = new ToolCallingAgent({ model, managedAgents: [helper], budget });
    const run = manager.run('Ask.', { fetch, returnFullResult: true });
    results.push(await run.catch((error: AgentError) => error.result));
  }

  expect(results).toMatchObject([ended, ended]);
});

/** Allows model calls until so many tokens are counted. */
function meterOf(tokens: number) {
  const counted: number[] = [];
  const isSpent = () => counted.reduce((sum, each) => sum + each, 0) >= tokens;
  return {
    counted,
    meter: {
      refusal: () => (isSpent() ? 'the day is spent' : undefined),
      count: (of: number) => {
        counted.push(of);
      },
    },
  };
}

test('the meter of a manager counts what its remote agent spends, and ends the run there when it allows no more', async () => {
  const turns = scriptedModel(...[1, 2, 3, 4].map((a) => priced(call('add_one', { a }))));
  const far: Model = {
    modelId: 'four-turns',
    async *generate(request) {
      if (turns.requests.length < 4) return yield* turns.generate(request);
      await new Promise((_, reject) => request.signal.addEventListener('abort', () => reject(request.signal.reason)));
    },
  };
  const { agent, fetch, asked, requests, facts } = remoteWorker({
    agents: { many: () => new ToolCallingAgent({ model: far, tools: [addOne] }) },
  });
  const helper = agent({ name: 'helper', description: 'Adds.', background: true });
  const model = scriptedModel(priced(call('helper', { task: 'Add.' })), priced(finalAnswer('never')));
  const { meter, counted } = meterOf(450);

  const run = new ToolCallingAgent({ model, managedAgents: [helper] }).run('Ask.', { fetch, meter });

  await expect(run).rejects.toMatchObject({ kind: 'budget', message: expect.stringContaining('the day is spent') });
  expect(counted).toEqual([100, 100, 100, 100, 100]);
  expect(asked()).toEqual(['POST /runs', 'DELETE /runs/:id']);
  const [, , runId = ''] = new URL(requests[1]?.url ?? '').pathname.split('/');
  expect(await facts(runId)).toMatchObject({ state: 'interrupted' });
});

test('two remote agents at once are both ended when the meter of their manager allows no more', async () => {
  const many = () => {
    const turns = Array.from({ length: 50 }, (_, index) => priced(call('add_one', { a: index })));
    return new ToolCallingAgent({ model: scriptedModel(...turns), tools: [addOne], maxSteps: 50 });
  };
  const { agent, fetch, asked } = remoteWorker({ agents: { many } });
  const helpers = ['one', 'two'].map((name) => agent({ name, description: 'Adds.' }));
  const both = priced(calls(['one', { task: 'Add.' }], ['two', { task: 'Add.' }]));
  const { meter } = meterOf(1_000);

  const run = new ToolCallingAgent({ model: scriptedModel(both), managedAgents: helpers }).run('Ask.', {
    fetch,
    meter,
  });

  await expect(run).rejects.toMatchObject({ kind: 'budget', message: expect.stringContaining('the day is spent') });
  expect(asked().filter((each) => each.startsWith('DELETE'))).toHaveLength(2);
});

test('where the meter of a manager allows nothing any more its remote agent begins no run', async () => {
  const { agent, fetch, requests } = remoteWorker();
  const helper = agent({ name: 'helper', description: 'Adds.' });
  const model = scriptedModel(priced(call('helper', { task: 'Add.' })), priced(finalAnswer('never')));
  const { meter } = meterOf(100);

  const run = new ToolCallingAgent({ model, managedAgents: [helper] }).run('Ask.', { fetch, meter });

  await expect(run).rejects.toMatchObject({ kind: 'budget' });
  expect(requests).toEqual([]);
});

test('the last word of a remote agent is no step in the budget of its manager', async () => {
  const many = () =>
    new ToolCallingAgent({
      model: scriptedModel(call('add_one', { a: 1 }), { content: 'the last word' }),
      tools: [addOne],
      maxSteps: 1,
    });
  const { agent, fetch } = remoteWorker({ agents: { many } });
  const helper = agent({ name: 'helper', description: 'Adds.' });
  const model = scriptedModel(call('helper', { task: 'Add.' }), finalAnswer('done'));
  const manager = new ToolCallingAgent({ model, managedAgents: [helper], budget: { steps: 3 } });

  const result = await manager.run('Ask.', { fetch, returnFullResult: true });

  expect(result).toMatchObject({ output: 'done', spent: { steps: 3 } });
});
