import { expect, test } from 'vitest';
import type { Delegate } from '../../src/agents/calls/delegate';
import { CodeAgent } from '../../src/agents/code-agent';
import { ManagedAgent } from '../../src/agents/managed-agent';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import type { TokenUsage } from '../../src/models/model';
import { call, calls, code, finalAnswer, scriptedModel, virtualClock } from '../../src/testing';
import { counting, ended, priced } from '../fakes/spending';

test('one budget holds for the whole tree: parallel managed agents share it', async () => {
  const model = scriptedModel(...Array.from({ length: 20 }, () => priced(call('count', {}))));
  const { count } = counting();
  const helper = new ToolCallingAgent({ model, tools: [count], name: 'helper', description: 'Helps.' });
  const asks = code('await Promise.all([helper({ task: "a" }), helper({ task: "b" }), helper({ task: "c" })])');
  const manager = new CodeAgent({ model: scriptedModel(priced(asks)), managedAgents: [helper] });

  const { result, error } = await ended(manager, { budget: { tokens: 500 } });

  expect(error).toMatchObject({ kind: 'budget' });
  expect(result).toMatchObject({ state: 'budget', exhausted: 'tokens' });
  expect(result.spent.tokens).toBe(100 * (1 + model.requests.length)); // none is asked, and not counted
  expect(result.spent.tokens).toBeLessThanOrEqual(500 + 2 * 100); // the others were under way
  expect(result.inclusiveUsage.inputTokens + result.inclusiveUsage.outputTokens).toBe(result.spent.tokens);
});

test('steps and calls of managed agents count for the run above', async () => {
  const { count, runs } = counting();
  const model = scriptedModel(...Array.from({ length: 9 }, () => call('count', {})));
  const helper = new ToolCallingAgent({ model, tools: [count], name: 'helper', description: 'Helps.' });
  const manager = () =>
    new ToolCallingAgent({ model: scriptedModel(call('helper', { task: 'x' })), managedAgents: [helper] });

  const byCalls = await ended(manager(), { budget: { toolCalls: 3 } });
  const bySteps = await ended(manager(), { budget: { steps: 3 } });

  expect(byCalls.result).toMatchObject({ state: 'budget', exhausted: 'toolCalls', spent: { toolCalls: 3 } });
  expect(bySteps.result).toMatchObject({ state: 'budget', exhausted: 'steps', spent: { steps: 3 } });
  expect(runs()).toBe(2 + 2);
});

test("a managed agent's own budget ends its run alone, and the manager is told", async () => {
  const { count } = counting();
  const model = scriptedModel(call('count', {}), call('count', {}));
  const helper = new ToolCallingAgent({ model, tools: [count], budget: { steps: 1 } });
  const managed = new ManagedAgent({ agent: helper, name: 'helper', description: 'Helps.' });
  const above = scriptedModel(call('helper', { task: 'x' }), finalAnswer('alone'));

  const { result } = await ended(new ToolCallingAgent({ model: above, managedAgents: [managed] }), {});

  expect(result).toMatchObject({ state: 'success', output: 'alone', spent: { steps: 3, toolCalls: 2 } });
  expect(JSON.stringify(above.requests[1]?.messages)).toContain('The budget of the run is spent: steps 1 of 1.');
});

test('cost is counted by the price function, for every model of the tree, and ends the run', async () => {
  const cheap = { ...scriptedModel(priced(finalAnswer('done'))), modelId: 'cheap' };
  const dear = { ...scriptedModel(priced(call('helper', { task: 'x' })), priced(finalAnswer(1))), modelId: 'dear' };
  const helper = new ToolCallingAgent({ model: cheap, name: 'helper', description: 'Helps.' });
  const price = ({ inputTokens, outputTokens }: TokenUsage, modelId: string) =>
    (inputTokens + 2 * outputTokens) * (modelId === 'dear' ? 0.5 : 0.1);
  const agent = new ToolCallingAgent({ model: dear, managedAgents: [helper] });

  const free = await ended(agent, { budget: { price } });
  const stopped = await ended(new ToolCallingAgent({ model: scriptedModel(priced(call('x', {}))) }), {
    budget: { price, cost: 14 },
  });

  expect(free.result).toMatchObject({ state: 'success', spent: { tokens: 300, cost: 70 + 14 + 70 } });
  expect(stopped.result).toMatchObject({ state: 'budget', exhausted: 'cost', spent: { cost: 14 } });
});

test('of many agents that call many tools at once, no more run than allowed', async () => {
  const { count, runs } = counting();
  const many = calls(...Array.from({ length: 5 }, () => ['count', {}] as const));
  const helper = new ToolCallingAgent({
    model: scriptedModel(...Array.from({ length: 12 }, () => many)),
    tools: [count],
    name: 'helper',
    description: 'Helps.',
  });
  const asked = scriptedModel(calls(...['a', 'b', 'c', 'd'].map((task) => ['helper', { task }] as const)));

  const { result } = await ended(new ToolCallingAgent({ model: asked, managedAgents: [helper] }), {
    budget: { toolCalls: 11 },
  });

  expect(result).toMatchObject({ state: 'budget', exhausted: 'toolCalls', spent: { toolCalls: 11 } });
  expect(runs()).toBe(11 - 4);
});

test('a managed agent that hears of no abort holds the end up for a moment only', async () => {
  const clock = virtualClock();
  const deaf: Delegate = { name: 'deaf', description: 'Hears nothing.', delegate: () => new Promise(() => {}) };
  const agent = new ToolCallingAgent({ model: scriptedModel(call('deaf', { task: 'x' })), managedAgents: [deaf] });

  const { result, events } = await ended(agent, { clock, budget: { durationMs: 1_000 } });

  expect(result).toMatchObject({ state: 'budget', exhausted: 'durationMs' });
  expect(clock.now()).toBeLessThanOrEqual(1_250);
  expect(clock.pending).toBe(0);
  expect(events.at(-1)).toMatchObject({ type: 'run-end', state: 'budget' });
});
