import { expect, test } from 'vitest';
import { CodeAgent } from '../../src/agents/code-agent';
import type { Executor, Sandbox } from '../../src/executors/executor';
import { code, collectEvents, scriptedModel } from '../../src/testing';
import { countingExecutor } from '../fakes/counting-executor';
import { inProcess } from '../fakes/sandbox-bench';

test('a sandbox is closed when it cannot take the values of the run', async () => {
  const executor = countingExecutor(inProcess);
  const agent = new CodeAgent({ model: scriptedModel(code('1')), executor });

  const failing = agent.run('Go.', { additionalArgs: { callback: () => 1 } });

  await expect(failing).rejects.toThrow('The variable callback cannot be set');
  expect(executor.count()).toBe(0);
});

test('an abort ends the wait for a sandbox, and closes one that opens too late', async () => {
  const counting = countingExecutor(inProcess);
  let opened: Promise<Sandbox> | undefined;
  const executor: Executor = {
    open: (options) => {
      const { signal: _, ...deaf } = options; // as an executor of somebody else's, which knows no signal
      opened = ended.then(() => counting.open(deaf));
      queueMicrotask(() => run.abort('enough'));
      return opened;
    },
  };
  const run = new CodeAgent({ model: scriptedModel(code('1')), executor }).stream('Go.');
  const ended = collectEvents(run);

  const { error } = await ended;
  await opened;

  expect(error).toMatchObject({ kind: 'aborted' });
  await expect.poll(() => counting.count()).toBe(0);
});
