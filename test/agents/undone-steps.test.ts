import { expect, test } from 'vitest';
import type { RunResult } from '../../src/agents/agent';
import { CodeAgent } from '../../src/agents/code-agent';
import type { StepCallback } from '../../src/agents/settings';
import { defaultExecutor } from '../../src/executors/default-executor';
import { code, scriptedModel } from '../../src/testing';
import { tool } from '../../src/tools/tool';
import { losableExecutor } from '../fakes/losable-executor';
import { napping } from '../fakes/sandbox-bench';

function payments(settings: { needsApproval?: boolean } = {}) {
  const paid: unknown[] = [];
  const pay = tool({
    name: 'pay',
    description: 'Pays.',
    inputs: { to: { type: 'string', description: 'Whom.' } },
    execute: ({ to }) => `receipt ${paid.push(to)} <data>`,
    ...settings,
  });
  return { pay, paid };
}
function napTool() {
  const { clock, nap } = napping();
  return { clock, nap: tool({ name: 'nap', description: 'Naps.', inputs: {}, execute: nap }) };
}
const never = tool({ name: 'never', description: 'Never ends.', inputs: {}, execute: () => new Promise(() => {}) });

test('of a step that was stopped the model reads which calls were made, and what they gave, as data', async () => {
  const { pay, paid } = payments();
  const model = scriptedModel(
    code('let x = 1; never(); await pay("Zoe"); await nap(); for (;;);'),
    code('final_answer(typeof x)'),
  );
  const { clock, nap } = napTool();

  const answer = await new CodeAgent({ model, tools: [pay, never, nap] }).run('Pay Zoe.', { clock });

  const [observation, error] = model.requests[1]?.messages.slice(-2).map(({ content }) => String(content)) ?? [];
  expect(observation).toContain('- pay({"to":"Zoe"}) gave receipt 1');
  expect(observation).toMatch(/<data-2>[\s\S]*receipt 1 <data>[\s\S]*<\/data-2>/);
  expect(observation).toContain('- never({}) was interrupted: it is not known what it did');
  expect(error).toContain('Calls of tools are not undone');
  expect([answer, paid]).toEqual(['undefined', ['Zoe']]);
});

test('a stopped step that made no call says nothing of calls', async () => {
  const model = scriptedModel(code('for (;;);'), code('final_answer(1)'));

  await new CodeAgent({ model, stepTimeoutMs: 2_000 }).run('Go.');

  const [observation, error] = model.requests[1]?.messages.slice(-2).map(({ content }) => String(content)) ?? [];
  expect(observation).not.toContain('Calls that the code had made');
  expect(error).toContain('The step was undone');
  expect(error).not.toContain('Calls of tools');
});

test('a call that a human allowed, and one before it, are told when the step is stopped behind them', async () => {
  const { pay, paid } = payments({ needsApproval: true });
  const { clock, nap } = napTool();
  const look = tool({ name: 'look', description: 'Looks.', inputs: {}, execute: () => 'the bill is 5' });
  const agent = (...replies: Parameters<typeof scriptedModel>) => {
    const model = scriptedModel(...replies);
    return { model, agent: new CodeAgent({ model, tools: [look, pay, nap] }) };
  };
  const first = agent(code('await look(); await pay("Zoe"); await nap(); for (;;);'));
  const waiting = (await first.agent.run('Pay.', { returnFullResult: true, clock })) as RunResult;
  const second = agent(code('final_answer(1)'));

  const answers = { [waiting.waiting[0]?.callId ?? '']: { allow: true } } as const;
  await second.agent.resume(await waiting.save(), { answers, clock }).result;

  const told = JSON.stringify(second.model.requests[0]?.messages.slice(-2));
  expect(told).toContain('- look({}) gave the bill is 5');
  expect(told).toContain('gave receipt 1');
  expect(paid).toEqual(['Zoe']);
});

test('code that merely fails has its variables, so its calls are not listed', async () => {
  const { pay } = payments();
  const model = scriptedModel(code('let x = await pay("Zoe"); nope'), code('final_answer(x)'));

  const answer = await new CodeAgent({ model, tools: [pay] }).run('Pay.');

  expect(answer).toContain('receipt 1');
  expect(JSON.stringify(model.requests[1]?.messages)).not.toContain('Calls that the code had made');
});

test('a sandbox that is lost between two steps is opened anew, as the last step left it', async () => {
  const executor = losableExecutor(await defaultExecutor());
  const model = scriptedModel(code('let x = start + 1;'), code('x += 1;'), code('final_answer([x, start])'));
  const agent = new CodeAgent({ model, executor, state: { start: 40 } });

  const answers: unknown[] = [];
  for await (const event of agent.stream('Go.')) {
    if (event.type === 'step' && event.step.number <= 2) executor.lose();
    if (event.type === 'final-answer') answers.push(event.output);
  }

  expect(answers).toEqual([[42, 40]]);
  expect(JSON.stringify(model.requests[2]?.messages)).not.toContain('variables of the earlier code are gone');
});

test('where the last step could not be kept, the model is told that its variables are gone, and those given are there', async () => {
  const executor = losableExecutor(await defaultExecutor());
  const model = scriptedModel(code('let x = 1;'), code('typeof x'), code('final_answer([typeof x, start])'));
  const stepCallbacks: StepCallback[] = [
    (step) => {
      if (step.type === 'action' && step.number === 1) executor.lose();
    },
  ];

  const answer = await new CodeAgent({ model, executor, state: { start: 40 }, stepCallbacks }).run('Go.');

  expect(answer).toEqual(['undefined', 40]);
  expect(JSON.stringify(model.requests[2]?.messages)).toContain('variables of the earlier code are gone');
});

test('a sandbox that is lost each time it is opened ends the run', async () => {
  const losing = losableExecutor(await defaultExecutor());
  const open = losing.open.bind(losing);
  losing.open = async (options) => {
    const sandbox = await open(options);
    losing.lose();
    return sandbox;
  };

  const run = new CodeAgent({ model: scriptedModel(code('1')), executor: losing }).run('Go.');

  await expect(run).rejects.toThrow('thread has ended');
});
