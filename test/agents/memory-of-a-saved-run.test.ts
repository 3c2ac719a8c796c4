import { expect, test } from 'vitest';
import type { Executor } from '../../src/executors/executor';
import { type AgentEvent, CodeAgent, type RunResult, tool } from '../../src/index';
import { code, scriptedModel } from '../../src/testing/scripted-model';
import { inProcess } from '../fakes/sandbox-bench';

const MB = 1024 * 1024;

/** An executor around another one, as the docs show it. */
const withMemory = (memoryBytes: number): Executor => ({
  open: (options) => inProcess.open({ ...options, limits: { ...options.limits, memoryBytes } }),
});

function agent(executor: Executor, done: string[] = []) {
  const pay = tool({
    name: 'pay',
    description: 'Pays.',
    inputs: {},
    needsApproval: true,
    execute: () => done.push('pay'),
  });
  const first = code("const kept = new Uint8Array(8 * 2 ** 20).fill(7); await pay(); final_answer('paid')");
  return new CodeAgent({ model: scriptedModel(first), tools: [pay], executor });
}

test('a saved run with more memory than the limit is refused before it begins, and the limit is named', async () => {
  const saved = await (await agent(withMemory(16 * MB)).run<RunResult>('Go.', { returnFullResult: true })).save();
  const done: string[] = [];
  const events: AgentEvent[] = [];

  const run = agent(withMemory(2 * MB), done).resume(saved, { answers: { c1: { allow: true } } });
  const reading = (async () => {
    for await (const event of run) events.push(event);
  })();

  await expect(reading).rejects.toMatchObject({
    name: 'AgentConfigurationError',
    message: expect.stringMatching(new RegExp(`bytes of memory, more than limits.memoryBytes, ${2 * MB},`)),
  });
  expect([events, done]).toEqual([[], []]);
});

test('a saved run with much memory goes on under the limit that it had', async () => {
  const saved = await (await agent(withMemory(16 * MB)).run<RunResult>('Go.', { returnFullResult: true })).save();
  const done: string[] = [];

  const run = agent(withMemory(16 * MB), done).resume(saved, { answers: { c1: { allow: true } } });

  expect(await run.result).toMatchObject({ state: 'success', output: 'paid' });
  expect(done).toEqual(['pay']);
});
