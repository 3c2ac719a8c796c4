import { expect, test } from 'vitest';
import type { RunResult } from '../../src/agents/agent';
import { CodeAgent } from '../../src/agents/code-agent';
import { code, scriptedModel } from '../../src/testing';
import { tool } from '../../src/tools/tool';

test('a resumed run has the budget that run was given, and what code called before counts in it', async () => {
  let looks = 0;
  const look = tool({ name: 'look', description: 'Looks.', inputs: {}, execute: () => ++looks });
  const pay = tool({ name: 'pay', description: 'Pays.', inputs: {}, needsApproval: true, execute: () => 'paid' });
  const turns = [code('await look(); await look(); await pay()'), code('await look(); final_answer(1)')];
  const agent = new CodeAgent({ model: scriptedModel(...turns), tools: [look, pay] });
  const budget = { toolCalls: 3 };
  const waiting = await agent.run<RunResult>('Go.', { returnFullResult: true, budget });
  const saved = JSON.parse(JSON.stringify(await waiting.save()));
  const answers = { [waiting.waiting[0]?.callId ?? '']: { allow: true as const } };

  const ended = await agent.resume(saved, { answers }).result.catch((error: unknown) => error);

  expect(ended).toMatchObject({ kind: 'budget', result: { exhausted: 'toolCalls', spent: { toolCalls: 3 } } });
  expect(looks).toBe(2);
});
