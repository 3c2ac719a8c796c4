import { expect, test } from 'vitest';
import { CodeAgent } from '../../src/agents/code-agent';
import { defaultExecutor } from '../../src/executors/default-executor';
import type { Executor } from '../../src/executors/executor';
import { code, collectEvents, scriptedModel } from '../../src/testing';
import { tool } from '../../src/tools/tool';
import { type Clock, systemClock } from '../../src/web/clock';

/** The default executor, asking `onSnapshot` before each snapshot, which hangs where it gives a promise that does. */
async function watched(onSnapshot: () => Promise<void> | void): Promise<Executor> {
  const executor = await defaultExecutor();
  return {
    open: async (options) => {
      const sandbox = await executor.open(options);
      const snapshot = sandbox.snapshot.bind(sandbox);
      sandbox.snapshot = async () => {
        await onSnapshot();
        return snapshot();
      };
      return sandbox;
    },
  };
}

/** An executor whose snapshots hang until `heal` is called; `hanging` resolves when the first one does. */
async function hangingSnapshots(): Promise<{ executor: Executor; hanging: Promise<void>; heal(): void }> {
  let begun = () => {};
  const hanging = new Promise<void>((resolve) => {
    begun = resolve;
  });
  let isSlow = true;
  const executor = await watched(() => {
    begun();
    return isSlow ? new Promise(() => {}) : undefined;
  });
  const heal = () => {
    isSlow = false;
  };
  return { executor, hanging, heal };
}

/** A clock on which only short waits ever end. */
const impatient: Clock = {
  now: () => systemClock.now(),
  sleep: (ms, signal) => (ms <= 50 ? systemClock.sleep(ms, signal) : new Promise(() => {})),
};
const never = tool({ name: 'never', description: 'Never ends.', inputs: {}, execute: () => new Promise(() => {}) });

test('a run that is aborted in a step takes no snapshot, and the next run has what the step before left', async () => {
  let taken = 0;
  const executor = await watched(() => void taken++);
  const model = scriptedModel(code('let x = 1;'), code('x = 2; await never()'), code('final_answer(x)'));
  const agent = new CodeAgent({ model, executor, tools: [never] });
  const run = agent.stream('Go.');

  for await (const event of run) {
    if (event.type === 'tool-call' && event.call.name === 'never') break;
  }

  expect(taken).toBe(1); // behind the first step
  expect(await agent.run('And on.', { reset: false })).toBe(1);
  expect(JSON.stringify(model.requests[2]?.messages)).not.toContain('are gone');
});

test('an abort while a snapshot is taken is not held up by it, and the next run is told that its variables are gone', async () => {
  const { executor, hanging, heal } = await hangingSnapshots();
  const model = scriptedModel(code('let x = 1;'), code('final_answer([typeof x, start])'));
  const agent = new CodeAgent({ model, executor, state: { start: 40 } });
  const run = agent.stream('Go.', { clock: impatient });
  hanging.then(() => run.abort('enough'));

  const { error } = await collectEvents(run);

  heal();

  expect(error).toMatchObject({ kind: 'aborted' });
  expect(await agent.run('And on.', { reset: false, clock: impatient })).toEqual(['undefined', 40]);
  expect(JSON.stringify(model.requests[1]?.messages)).toContain('variables of the earlier code are gone');
});

test('a step that an abort cut off while its snapshot was taken is made again by a run that goes on', async () => {
  const { executor, hanging, heal } = await hangingSnapshots();
  const settings = { executor, tools: [never] };
  const log: unknown[] = [];
  const run = new CodeAgent({ ...settings, model: scriptedModel(code('let x = 1;')) }).stream('Go.', {
    clock: impatient,
    log: (entry) => void log.push(entry),
  });
  hanging.then(() => run.abort('enough'));
  await collectEvents(run);
  heal();

  const second = new CodeAgent({ ...settings, model: scriptedModel(code('final_answer(x)')) });

  expect(await second.resume(log).result).toMatchObject({ output: 1 });
});

test('a run that ends between steps leaves what its last step left', async () => {
  const model = scriptedModel(code('let x = 1;'), code('x = 2;'), code('final_answer(x)'));
  const agent = new CodeAgent({ model });
  const { error } = await collectEvents(agent.stream('Go.', { budget: { steps: 2 } }));

  const answer = await agent.run('And on.', { reset: false, budget: { steps: 5 } });

  expect(error).toMatchObject({ kind: 'budget' });
  expect(answer).toBe(2);
});
