import { expect, test } from 'vitest';
import { type AnyTool, CodeAgent, ManagedAgent, ToolCallingAgent, tool } from '../../src/index';
import { virtualClock } from '../../src/testing';
import { call, code, finalAnswer, type ScriptEntry, scriptedModel } from '../../src/testing/scripted-model';

const LIMIT_MS = 20_000;
const BOTH = 'print(await Promise.all([clerk("x"), pay()]))';

const nap = tool({
  name: 'nap',
  description: 'Takes longer than a step may.',
  inputs: {},
  execute: async (_, { clock, signal }) => {
    await clock.sleep(LIMIT_MS * 3, signal);
    return 'rested';
  },
});

/** A tool that needs a human's word; `paid` says who paid. */
function payTool(who: string, paid: string[] = []): AnyTool {
  return tool({
    name: 'pay',
    description: 'Pays.',
    inputs: {},
    needsApproval: true,
    execute: () => {
      paid.push(who);
      return `paid by ${who}`;
    },
  });
}

/** An agent of code with a managed one that is slower than a step of code may be. */
function team(outer: ScriptEntry[], inner: ScriptEntry[], paid: string[] = []): CodeAgent {
  const clerk = new ToolCallingAgent({ model: scriptedModel(...inner), tools: [nap, payTool('clerk', paid)] });
  return new CodeAgent({
    model: scriptedModel(...outer),
    stepTimeoutMs: LIMIT_MS,
    tools: [nap, payTool('manager', paid)],
    managedAgents: [new ManagedAgent({ agent: clerk, name: 'clerk', description: 'Does things.' })],
  });
}

test('a call that waits for a human beside a managed agent may wait longer than a step may last', async () => {
  const agent = team([code(BOTH)], [call('nap', {}), finalAnswer('done')]);

  const result = await agent.run('t', { clock: virtualClock(), returnFullResult: true });

  expect(result.state).toBe('waiting');
  expect(result.waiting.map(({ name }) => name)).toEqual(['pay']);
});

test('what still waits after some of the answers came does so beside a managed agent as well', async () => {
  const paid: string[] = [];
  const first = await team([code(BOTH)], [call('pay', {}, 'p')], paid).run('t', { returnFullResult: true });
  const [ofClerk, ofManager] = [1, 0].map((depth) => first.waiting.find(({ path }) => path.length === depth + 1));
  const saved = JSON.parse(JSON.stringify(await first.save()));
  const answers = { [ofClerk?.callId ?? '']: { allow: true } } as const;

  const later = team([], [call('nap', {}), finalAnswer('done')], paid);
  const second = await later.resume(saved, { answers, clock: virtualClock() }).result;

  expect(second.state).toBe('waiting');
  expect(second.waiting.map(({ callId }) => callId)).toEqual([ofManager?.callId]);
  expect(paid).toEqual(['clerk']);
});

test('a slow tool beside a call that waits for a human counts as before', async () => {
  const agent = team([code('await Promise.all([nap(), pay()])'), code('final_answer("gave up")')], []);

  const result = await agent.run('t', { clock: virtualClock(), returnFullResult: true });

  expect(result.output).toBe('gave up');
  expect(result.steps[1]).toMatchObject({ error: { message: expect.stringContaining('took longer than 20 seconds') } });
});
