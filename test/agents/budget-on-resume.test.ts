import { expect, test } from 'vitest';
import type { ResumeOptions, RunResult } from '../../src/agents/agent';
import { CodeAgent } from '../../src/agents/code-agent';
import { ManagedAgent } from '../../src/agents/managed-agent';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import { AgentConfigurationError } from '../../src/errors';
import { call, code, finalAnswer, type ScriptEntry, scriptedModel, text, virtualClock } from '../../src/testing';
import { tool } from '../../src/tools/tool';
import { pay } from '../fakes/small-tools';
import { counting, priced, wait } from '../fakes/spending';

const full = { returnFullResult: true } as const;

/** An agent of calls that pays in turn after turn; each reply is 100 tokens. */
function payer(turns: readonly ScriptEntry[], settings: { budget?: { cost: number; price(): number } } = {}) {
  const { count, runs } = counting();
  const agent = new ToolCallingAgent({
    model: scriptedModel(...turns.map((turn) => priced(turn))),
    tools: [count, pay, wait],
    ...settings,
  });
  return { agent, runs };
}
const saved = async (result: RunResult) => JSON.parse(JSON.stringify(await result.save()));
const allowed = ({ waiting }: RunResult): ResumeOptions => ({
  answers: { [waiting[0]?.callId ?? '']: { allow: true } },
});
const failure = (run: { result: Promise<unknown> }) => run.result.catch((error: unknown) => error);

test('a resumed run has the budget that run was given, and what code called before counts in it', async () => {
  let looks = 0;
  const look = tool({ name: 'look', description: 'Looks.', inputs: {}, execute: () => ++looks });
  const turns = [code('await look(); await look(); await pay()'), code('await look(); final_answer(1)')];
  const agent = new CodeAgent({ model: scriptedModel(...turns), tools: [look, pay] });
  const waiting = await agent.run<RunResult>('Go.', { ...full, budget: { toolCalls: 3 } });

  const ended = await failure(agent.resume(await saved(waiting), allowed(waiting)));

  expect(ended).toMatchObject({ kind: 'budget', result: { exhausted: 'toolCalls', spent: { toolCalls: 3 } } });
  expect(looks).toBe(2);
});

test('what `resume` was given holds for the next one as well', async () => {
  const { agent, runs } = payer([call('pay', {}), call('pay', {}), call('count', {}), call('count', {})]);
  const first = await agent.run<RunResult>('Go.', { ...full, budget: { tokens: 10_000 }, maxSteps: 9 });
  const second = await agent.resume(await saved(first), { ...allowed(first), budget: { tokens: 300 } }).result;

  const ended = await failure(agent.resume(await saved(second), allowed(second)));

  expect(ended).toMatchObject({ kind: 'budget', result: { exhausted: 'tokens', spent: { tokens: 300 } } });
  expect(runs()).toBe(1); // of the reply that reached the limit
});

test('a limit of steps that `resume` was given holds for the next one as well', async () => {
  const { agent } = payer([call('pay', {}), call('pay', {}), text('the last word')]);
  const first = await agent.run<RunResult>('Go.', full);
  const second = await agent.resume(await saved(first), { ...allowed(first), maxSteps: 2 }).result;

  const ended = await agent.resume(await saved(second), allowed(second)).result;

  expect(ended.state).toBe('max_steps_error');
});

test('a saved cost is counted with the price of the agent that resumes, and refused without one', async () => {
  const price = () => 1;
  const turns = [call('pay', {}), call('count', {}), call('count', {})];
  const budget = { cost: 2, price };
  const waiting = await payer(turns).agent.run<RunResult>('Go.', { ...full, budget });
  const json = await saved(waiting);
  const rest = turns.slice(1);

  const refused = await failure(payer(rest).agent.resume(json, allowed(waiting)));
  const ended = await failure(payer(rest, { budget: { cost: 100, price } }).agent.resume(json, allowed(waiting)));

  expect(refused).toBeInstanceOf(AgentConfigurationError);
  expect(String(refused)).toContain('the saved run has `budget.cost` 2, and its price, a function, cannot be saved');
  expect(ended).toMatchObject({ kind: 'budget', result: { exhausted: 'cost', spent: { cost: 2 } } });
});

test('time at work before the wait counts, the wait itself does not', async () => {
  const clock = virtualClock();
  const { agent } = payer([call('wait', { ms: 600 }), call('pay', {}), call('wait', { ms: 600 }), finalAnswer(1)]);
  const waiting = await agent.run<RunResult>('Go.', { ...full, clock, budget: { durationMs: 1_000 } });
  await clock.sleep(5_000);

  const ended = await failure(agent.resume(await saved(waiting), { ...allowed(waiting), clock }));

  expect(waiting.spent.durationMs).toBe(600);
  expect(ended).toMatchObject({ kind: 'budget', result: { exhausted: 'durationMs', spent: { durationMs: 1_000 } } });
});

test('steps and calls that a managed agent made before the wait count', async () => {
  const { count } = counting();
  const helper = new ToolCallingAgent({
    model: scriptedModel(call('count', {}), call('count', {}), finalAnswer('helped')),
    tools: [count],
  });
  const team = [new ManagedAgent({ agent: helper, name: 'helper', description: 'Helps.' })];
  const model = scriptedModel(call('helper', { task: 'Help.' }), call('pay', {}), finalAnswer('never'));
  const agent = new ToolCallingAgent({ model, tools: [pay], managedAgents: team });
  const waiting = await agent.run<RunResult>('Go.', { ...full, budget: { steps: 5 } });

  const ended = await failure(agent.resume(await saved(waiting), allowed(waiting)));

  expect(waiting.spent).toMatchObject({ steps: 5, toolCalls: 3 });
  expect(ended).toMatchObject({
    kind: 'budget',
    result: { exhausted: 'steps', spent: { steps: 5, toolCalls: 4 } },
  });
});

test('tokens that were estimated before the wait count, plans and managed agents as well', async () => {
  const counted: number[] = [];
  const meter = { refusal: () => undefined, count: (tokens: number) => void counted.push(tokens) };
  const helper = new ToolCallingAgent({ model: scriptedModel(finalAnswer('helped')) });
  const team = [new ManagedAgent({ agent: helper, name: 'helper', description: 'Helps.' })];
  const model = scriptedModel(text('plan'), call('helper', { task: 'Help.' }), call('pay', {}), finalAnswer('done'));
  const agent = new ToolCallingAgent({ model, tools: [pay], managedAgents: team, planningInterval: 9 });
  const waiting = await agent.run<RunResult>('Go.', { ...full, meter });

  const ended = await agent.resume(await saved(waiting), { ...allowed(waiting), meter }).result;

  expect(model.requests).toHaveLength(4);
  expect(ended.spent.tokens).toBe(counted.reduce((sum, tokens) => sum + tokens));
});

test('a call that was cut off counts: it had begun', async () => {
  const log: Record<string, unknown>[] = [];
  const { agent } = payer([call('count', {}), finalAnswer(1)]);
  await agent.run('Go.', { log: (entry) => void log.push(entry) });
  const untilCall = log.slice(0, log.findIndex(({ type }) => type === 'call') + 1);

  const resumed = await payer([finalAnswer(1)]).agent.resume(untilCall).result;

  expect(resumed.spent.toolCalls).toBe(1);
});

test('forged numbers of what was spent end the run at once', async () => {
  const { agent } = payer([call('pay', {}), finalAnswer(1)]);
  const waiting = await agent.run<RunResult>('Go.', { ...full, budget: { steps: 10 } });
  const json = await saved(waiting);
  const [begin, reply, ...rest] = json.log;
  const made = { id: 'forged', name: 'pay', arguments: {} };
  const managedSpent = { steps: Number.MAX_SAFE_INTEGER, toolCalls: 0 };
  const forged = { type: 'result', within: [], number: 1, call: made, outcome: { output: 1 }, managedSpent };

  const ended = await failure(agent.resume({ ...json, log: [begin, reply, forged, ...rest] }, allowed(waiting)));

  expect(ended).toMatchObject({ kind: 'budget', result: { exhausted: 'steps' } });
});

test('a clock that is set back while the run works makes no saved run that is refused', async () => {
  let now = 10_000;
  const earlier = () => {
    now -= 100;
    return now;
  };
  const clock = { now: earlier, sleep: () => new Promise<void>(() => {}) };
  const { agent } = payer([call('pay', {}), finalAnswer(1)]);
  const waiting = await agent.run<RunResult>('Go.', { ...full, clock, budget: { steps: 9 } });

  const ended = await agent.resume(await saved(waiting), { ...allowed(waiting), clock }).result;

  expect(ended).toMatchObject({ output: 1, spent: { durationMs: 0 } });
});

test('what managed agents cost is counted again by their own models', async () => {
  const helped = { ...scriptedModel(priced(call('count', {})), priced(finalAnswer('helped'))), modelId: 'cheap' };
  const team = () => {
    const helper = new ToolCallingAgent({ model: helped, tools: [counting().count] });
    return [new ManagedAgent({ agent: helper, name: 'helper', description: 'Helps.' })];
  };
  const script = [call('helper', { task: 'Help.' }), call('pay', {}), finalAnswer('paid')];
  const model = { ...scriptedModel(...script.map((entry) => priced(entry))), modelId: 'dear' };
  const agent = new ToolCallingAgent({ model, tools: [pay], managedAgents: team() });
  const budget = { cost: 100, price: (_usage: unknown, modelId: string) => (modelId === 'dear' ? 10 : 1) };
  const waiting = await agent.run<RunResult>('Go.', { ...full, budget });

  const ended = await agent.resume(await saved(waiting), { ...allowed(waiting), budget }).result;

  expect(waiting.spent.cost).toBe(22);
  expect(ended.spent.cost).toBe(31); // two replies of the helper's one model are one sum when they are read again
});

test.each([{ durationMs: 1 }, { tokens: 50 }, { tokens: 150 }, { cost: 1.5, price: () => 1 }])(
  'a call that waited is not made when the budget %j is spent',
  async (budget) => {
    let paid = 0;
    const clock = virtualClock();
    const buy = tool({ name: 'buy', description: 'Buys.', inputs: {}, needsApproval: true, execute: () => ++paid });
    const script = [call('wait', { ms: 30 }), call('buy', {}), finalAnswer(1)];
    const model = scriptedModel(...script.map((entry) => priced(entry)));
    const agent = new ToolCallingAgent({ model, tools: [buy, wait] });
    const waiting = await agent.run<RunResult>('Go.', { ...full, clock });

    const ended = await failure(agent.resume(await saved(waiting), { ...allowed(waiting), budget, clock }));

    expect(ended).toMatchObject({ kind: 'budget', result: { state: 'budget' } });
    expect(paid).toBe(0);
  },
);

test.each(['calls', 'code'] as const)(
  'a call of %s below a managed agent is not made when the reply that makes it has spent the budget',
  async (kind) => {
    let paid = 0;
    const buy = tool({ name: 'buy', description: 'Buys.', inputs: {}, needsApproval: true, execute: () => ++paid });
    const member = { name: 'buyer', description: 'Buys.', tools: [buy] };
    const script = [priced(kind === 'calls' ? call('buy', {}) : code('await buy()'))];
    const buyer =
      kind === 'calls'
        ? new ToolCallingAgent({ ...member, model: scriptedModel(...script) })
        : new CodeAgent({ ...member, model: scriptedModel(...script) });
    const model = scriptedModel(call('buyer', { task: 'Buy.' }));
    const agent = new ToolCallingAgent({ model, managedAgents: [buyer] });
    const waiting = await agent.run<RunResult>('Go.', full);

    const budget = { tokens: 100 };
    const ended = await failure(agent.resume(await saved(waiting), { ...allowed(waiting), budget }));

    expect(ended).toMatchObject({ kind: 'budget', result: { exhausted: 'tokens', spent: { tokens: 100 } } });
    expect(paid).toBe(0);
  },
);

test('a step that was cut off, whose reply had reached the budget, comes to its answer', async () => {
  const log: unknown[] = [];
  const agent = new ToolCallingAgent({ model: scriptedModel(priced(finalAnswer('end'))) });
  await agent.run('Go.', { budget: { tokens: 100 }, log: (entry) => void log.push(entry) });
  const cut = log.slice(0, log.findIndex((entry) => JSON.stringify(entry).includes('"type":"reply"')) + 1);

  const { output, spent } = await agent.resume(cut).result;

  expect(output).toBe('end');
  expect(spent.tokens).toBe(100);
});
