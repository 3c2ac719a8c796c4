import { expect, test } from 'vitest';
import type { RunOptions, RunResult } from '../../src/agents/agent';
import { CodeAgent } from '../../src/agents/code-agent';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import { AgentConfigurationError, type AgentError } from '../../src/errors';
import { runWatcher } from '../../src/telemetry';
import { call, calls, code, finalAnswer, scriptedModel, text, virtualClock } from '../../src/testing';
import { tool } from '../../src/tools/tool';
import { counting, ended, priced, wait } from '../fakes/spending';
import { tracing } from '../fakes/tracing';

test('the reply that reaches the tokens is the last: no further call of the model is made', async () => {
  const { count, runs } = counting();
  const model = scriptedModel(...[1, 2, 3, 4].map(() => priced(call('count', {}))));

  const { error, result, events } = await ended(new ToolCallingAgent({ model, tools: [count] }), {
    budget: { tokens: 200 },
  });

  expect(error).toMatchObject({
    name: 'AgentError',
    kind: 'budget',
    message: 'The budget of the run is spent: tokens 200 of 200.',
  });
  expect(result).toMatchObject({
    state: 'budget',
    exhausted: 'tokens',
    spent: { tokens: 200, steps: 3, toolCalls: 2 },
    output: undefined,
  });
  expect(model.requests).toHaveLength(2);
  expect(runs()).toBe(2);
  expect(events.at(-1)).toMatchObject({ type: 'run-end', state: 'budget', error: { kind: 'budget' } });
});

test('an answer that came with the reply that reached a limit counts', async () => {
  const model = scriptedModel(priced(finalAnswer('in time')));

  const { result } = await ended(new ToolCallingAgent({ model }), { budget: { tokens: 10, steps: 1, toolCalls: 0 } });

  expect(result).toMatchObject({ state: 'success', output: 'in time', spent: { tokens: 100, steps: 1, toolCalls: 0 } });
  expect(result.exhausted).toBeUndefined();
});

test('no more steps begin than allowed, and a plan before one that may not begin is not asked for', async () => {
  const { count } = counting();
  const model = scriptedModel(text('a plan'), call('count', {}), text('a plan'), call('count', {}), text('a plan'));
  const agent = new ToolCallingAgent({ model, tools: [count], planningInterval: 1 });

  const { result } = await ended(agent, { budget: { steps: 2 } });

  expect(result).toMatchObject({ state: 'budget', exhausted: 'steps', spent: { steps: 2 } });
  expect(model.requests).toHaveLength(4);
});

test('the last word is a model call that the budget must allow', async () => {
  const { count } = counting();
  const model = scriptedModel(priced(call('count', {})), text('never asked'));

  const { result } = await ended(new ToolCallingAgent({ model, tools: [count], maxSteps: 1 }), {
    budget: { tokens: 50 },
  });

  expect(result).toMatchObject({ state: 'budget', exhausted: 'tokens' });
  expect(model.requests).toHaveLength(1);
});

test('the call beyond the limit is not made, in a step of many calls and in code', async () => {
  const parallel = counting();
  const inCode = counting();
  const many = scriptedModel(calls(['count', {}], ['count', {}], ['count', {}]), finalAnswer(1));
  const loop = scriptedModel(code('for (let i = 0; i < 9; i++) { try { await count(); } catch {} } final_answer("x")'));

  const ends = [
    await ended(new ToolCallingAgent({ model: many, tools: [parallel.count] }), { budget: { toolCalls: 2 } }),
    await ended(new CodeAgent({ model: loop, tools: [inCode.count] }), { budget: { toolCalls: 2 } }),
  ];

  for (const { result } of ends)
    expect(result).toMatchObject({ state: 'budget', exhausted: 'toolCalls', spent: { toolCalls: 2 } });
  expect([parallel.runs(), inCode.runs()]).toEqual([2, 2]);
});

test('calls with wrong arguments and answers are no tool calls of the budget', async () => {
  const model = scriptedModel(call('wait', { ms: 'long' }), call('wait', {}), finalAnswer(1));

  const { result } = await ended(new ToolCallingAgent({ model, tools: [wait] }), { budget: { toolCalls: 0 } });

  expect(result).toMatchObject({ state: 'success', spent: { toolCalls: 0 } });
});

const sub = (model: ReturnType<typeof scriptedModel>, tools = [wait]) =>
  new ToolCallingAgent({ model, tools, name: 'helper', description: 'Helps.' });
const waits: readonly [string, (budget: RunOptions) => ReturnType<typeof ended>][] = [
  [
    'a tool that waits',
    (options) =>
      ended(new ToolCallingAgent({ model: scriptedModel(call('wait', { ms: 9e5 })), tools: [wait] }), options),
  ],
  [
    'a model that is slow',
    (options) => ended(new ToolCallingAgent({ model: scriptedModel({ delayMs: 9e5 }) }), options),
  ],
  [
    'code that waits',
    (options) =>
      ended(
        new CodeAgent({ model: scriptedModel(code('await wait({ ms: 9e5 })')), tools: [wait], stepTimeoutMs: 1e6 }),
        options,
      ),
  ],
  [
    'a managed agent that code calls',
    (options) =>
      ended(
        new CodeAgent({
          model: scriptedModel(code('await helper({ task: "x" })')),
          managedAgents: [sub(scriptedModel(call('wait', { ms: 9e5 })))],
        }),
        options,
      ),
  ],
  [
    'managed agents at once, two deep',
    (options) => {
      const inner = sub(scriptedModel(...[1, 2].map(() => call('wait', { ms: 9e5 }))));
      const model = scriptedModel(...[1, 2].map(() => call('helper', { task: 'x' })));
      const middle = new ToolCallingAgent({ model, managedAgents: [inner], name: 'middle', description: 'Manages.' });
      const both = scriptedModel(calls(['middle', { task: 'a' }], ['middle', { task: 'b' }]));
      return ended(new ToolCallingAgent({ model: both, managedAgents: [middle] }), options);
    },
  ],
];

test.each(waits)('the time ends %s in the middle, at its very moment', async (_what, start) => {
  const clock = virtualClock();

  const { result, error, events } = await start({ clock, budget: { durationMs: 1_000 } });

  expect(error).toMatchObject({ kind: 'budget', message: expect.stringContaining('durationMs 1000 of 1000') });
  expect(result).toMatchObject({ state: 'budget', exhausted: 'durationMs', spent: { durationMs: 1_000 } });
  expect(clock.now()).toBe(1_000);
  expect(clock.pending).toBe(0);
  expect(events.filter(({ type }) => type === 'run-end')).toHaveLength(1);
});

test('a run that ends in time leaves no timer', async () => {
  const clock = virtualClock();

  const { result } = await ended(new ToolCallingAgent({ model: scriptedModel(finalAnswer(1)) }), {
    clock,
    budget: { durationMs: 5_000 },
  });

  expect(result.state).toBe('success');
  expect([clock.pending, clock.now()]).toEqual([0, 0]);
});

test.each<[unknown, RegExp]>([
  [Number.NaN, /price function of the budget gave NaN for a reply of scripted/],
  [-1, /gave -1 for a reply/],
  ['1', /gave "1" for a reply/],
])('a price of %s ends the run as an error', async (price, message) => {
  const agent = new ToolCallingAgent({ model: scriptedModel(priced(finalAnswer(1))) });

  const { result, error } = await ended(agent, { budget: { price: () => price as number } });

  expect(error).toMatchObject({ message: expect.stringMatching(message) });
  expect(result.state).toBe('error');
});

test('a price function that throws ends the run as an error', async () => {
  const price = () => {
    throw new Error('no such model');
  };

  const { error } = await ended(new ToolCallingAgent({ model: scriptedModel(priced(finalAnswer(1))) }), {
    budget: { price },
  });

  expect(error).toMatchObject({ message: 'The price function of the budget threw: no such model' });
});

test.each([
  { inputTokens: Number.NaN, outputTokens: 1 },
  { inputTokens: -500, outputTokens: 1 },
])('usage that makes no sense (%j) buys nothing back', async (odd) => {
  const { count } = counting();
  const model = scriptedModel(priced(call('count', {})), priced(call('count', {}), odd), priced(call('count', {})));

  const { result } = await ended(new ToolCallingAgent({ model, tools: [count] }), { budget: { tokens: 200 } });

  expect(result).toMatchObject({ state: 'budget', exhausted: 'tokens', spent: { tokens: 200, steps: 4 } });
});

test('continuing begins a new budget, and what a run is given replaces what its agent has', async () => {
  const { count } = counting();
  const model = scriptedModel(...Array.from({ length: 6 }, () => call('count', {})));
  const agent = new ToolCallingAgent({ model, tools: [count], budget: { steps: 2 } });

  const first = await ended(agent, {});
  const again = await first.result.continue('On.').catch((error: AgentError) => error.result as RunResult);
  const own = await ended(agent, { budget: { toolCalls: 1 } });

  expect(first.result).toMatchObject({ state: 'budget', spent: { steps: 2 } });
  expect(again).toMatchObject({ state: 'budget', exhausted: 'steps', spent: { steps: 2 } });
  expect(own.result).toMatchObject({ state: 'budget', exhausted: 'toolCalls' });
});

test('a budget that is spent is no failure of the root span, which says what it was', async () => {
  const traced = tracing();
  const { count } = counting();
  const agent = new ToolCallingAgent({ model: scriptedModel(call('count', {})), tools: [count] });

  await ended(agent, {
    budget: { steps: 1 },
    telemetry: runWatcher({ tracerProvider: traced.tracerProvider }),
  });

  const [root] = traced.spans().filter((span) => !span.parentSpanContext);
  expect(root?.status.code).not.toBe(2);
  expect(root?.attributes['smolagents.run_state']).toBe('budget');
  expect(root?.attributes['llm.token_count.total']).toBe(0);
});

test.each<[object, RegExp]>([
  [
    { token: 1 },
    /`budget` has no option `token`, did you mean `tokens`\? it takes tokens, steps, toolCalls, durationMs, cost, price/,
  ],
  [{ tokens: 0 }, /`budget.tokens` is 0, must be a whole number from 1 on/],
  [{ steps: 1.5 }, /`budget.steps` is 1.5/],
  [{ toolCalls: -1 }, /`budget.toolCalls` is -1, must be a whole number from 0 on/],
  [{ durationMs: 2 ** 31 }, /`budget.durationMs` is 2147483648/],
  [{ cost: Number.NaN, price: () => 1 }, /`budget.cost` is NaN/],
  [{ cost: 1 }, /`budget.cost` is 1, but there is no `budget.price`/],
  [{ price: 2 }, /`budget.price` is 2, must be a function/],
  [null as unknown as object, /`budget` was given null/],
])('the budget %j is refused where an agent or a run is made', (budget, message) => {
  const model = scriptedModel();

  expect(() => new ToolCallingAgent({ model, budget })).toThrow(AgentConfigurationError);
  expect(() => new ToolCallingAgent({ model, budget })).toThrow(message);
  expect(() => new CodeAgent({ model }).stream('Go.', { budget })).toThrow(message);
});

test('a budget of time ends a run that never lets its alarm ring', async () => {
  let now = 0;
  const clock = { now: () => ++now, sleep: () => new Promise<void>(() => {}) };
  let runs = 0;
  const count = tool({ name: 'count', description: 'Counts.', inputs: {}, execute: () => ++runs });
  const model = scriptedModel(...Array.from({ length: 200 }, () => call('count', {})));

  const { result } = await ended(new ToolCallingAgent({ model, tools: [count], maxSteps: 200 }), {
    budget: { durationMs: 50 },
    clock,
  });

  expect(result).toMatchObject({ state: 'budget', exhausted: 'durationMs' });
  expect(runs).toBeLessThan(50);
});

const noPrice = () => {
  throw new Error('no such model');
};

test('a price function that throws in a managed agent ends the whole run', async () => {
  const helper = new ToolCallingAgent({
    name: 'helper',
    description: 'Helps.',
    model: { ...scriptedModel(priced(finalAnswer('helped'))), modelId: 'unknown' },
  });
  const model = scriptedModel(priced(call('helper', { task: 'Help.' })), priced(finalAnswer(1)));
  const price = (_usage: unknown, modelId: string) => (modelId === 'unknown' ? noPrice() : 1);

  const { result, error } = await ended(new ToolCallingAgent({ model, managedAgents: [helper] }), {
    budget: { price },
  });

  expect(error).toMatchObject({ message: 'The price function of the budget threw: no such model' });
  expect(result.state).toBe('error');
  expect(model.requests).toHaveLength(1);
});

test('what refuses to count the last word is no answer', async () => {
  const { count } = counting();
  const script = () => scriptedModel(priced(call('count', {})), priced(text('the last word')));
  const agent = () => new ToolCallingAgent({ model: script(), tools: [count], maxSteps: 1 });
  let replies = 0;
  const price = () => (++replies > 1 ? noPrice() : 1);
  const meter = { refusal: () => (replies > 4 ? 'the day is spent' : undefined), count: () => (replies = 5) };

  const unpriced = await ended(agent(), { budget: { price } });
  const refused = await ended(agent(), { meter });

  expect(unpriced.result).toMatchObject({ state: 'error', output: undefined });
  expect(refused.result).toMatchObject({ state: 'budget', output: undefined });
});
