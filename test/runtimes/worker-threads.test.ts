import { expect, test } from 'vitest';
import { AgentConfigurationError, SandboxStartError } from '../../src/errors';
import { runtime } from '../../src/runtimes/node';
import { WorkerThreadExecutor } from '../../src/runtimes/node/worker-host';
import { nodeProgram } from '../fakes/node-program';
import { engineBytes, napping, openBench } from '../fakes/sandbox-bench';

/** Runs for minutes inside one built-in that asks nobody whether it should stop. */
const DODGE = 'let huge = 2n ** 1000000n; for (;;) huge.toString();';

test('a guest that dodges the interrupt is stopped from outside, and its sandbox goes on from before the step', async () => {
  const executor = await runtime.executor();
  const { clock, nap } = napping();
  const { run, sandbox } = await openBench({ executor, clock, tools: { nap } });
  const other = await openBench({ executor });
  await run('let kept = 1');
  await other.run('let mine = 2');

  const { error, logs } = await run(`console.log('before'); kept = 3; await nap(); ${DODGE}`);

  expect(error).toMatchObject({ kind: 'timeout', lostVariables: ['kept', 'huge'] });
  expect(logs).toBe('before\n');
  expect((await run('[kept, typeof huge]')).value).toEqual([1, 'undefined']);
  expect((await other.run('mine')).value).toBe(2);
  await sandbox[Symbol.asyncDispose]();
});

test('an abort ends code that runs, and the host stays free meanwhile', async () => {
  const { run } = await openBench({ executor: await runtime.executor() });
  await run('let kept = 1');
  const abort = new AbortController();
  let ticks = 0;
  const ticker = setInterval(() => {
    if (++ticks === 5) abort.abort(new Error('enough'));
  }, 5);

  await expect(run('kept = 2; for (;;) {}', abort.signal)).rejects.toThrow('enough');

  clearInterval(ticker);
  expect((await run('kept')).value).toBe(1);
});

test('many sandboxes run at once', async () => {
  const executor = await runtime.executor();

  const answers = await Promise.all(
    Array.from({ length: 12 }, async (_, index) => {
      const { run, sandbox } = await openBench({ executor, tools: { twice: ({ args }) => Number(args[0]) * 2 } });
      const { answer } = await run(`final_answer(await twice(${index}))`);
      await sandbox[Symbol.asyncDispose]();
      return answer?.value;
    }),
  );

  expect(answers).toEqual(Array.from({ length: 12 }, (_, index) => index * 2));
});

test('a thread sees nothing of the environment of the process', async () => {
  const { run } = await openBench({ executor: await runtime.executor() });

  expect((await run('typeof process')).value).toBe('undefined');
});

test('bad options are refused by name', () => {
  const options = { wasm: engineBytes, workerUrl: new URL('file:///nowhere.js') };

  expect(() => new WorkerThreadExecutor({ ...options, graceMs: -1 })).toThrow('graceMs is -1');
  expect(() => new WorkerThreadExecutor(Object.assign({ speed: 1 }, options))).toThrow(AgentConfigurationError);
});

test('a thread that cannot start is an error that names its file and what to do', async () => {
  const executor = new WorkerThreadExecutor({ wasm: engineBytes, workerUrl: new URL('file:///nowhere/thread.js') });

  const opening = openBench({ executor });

  await expect(opening).rejects.toThrow(SandboxStartError);
  await expect(opening).rejects.toThrow(/file:\/\/\/nowhere\/thread\.js.*Cannot find module.*external/);
});

test('a process with open and idle sandboxes exits by itself', async () => {
  const output = await nodeProgram(PROGRAM);

  expect(output).toBe('3\n');
});

const PROGRAM = `
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { DEFAULT_LIMITS } from '../executors/executor';
import { systemClock } from '../web/clock';
import { WorkerThreadExecutor } from './node/worker-host';

const [, , wasm = '', worker = ''] = process.argv;
const executor = new WorkerThreadExecutor({ wasm: () => readFile(wasm), workerUrl: pathToFileURL(worker) });
const options = { functions: [{ name: 'one', untimed: false }], modules: {}, limits: DEFAULT_LIMITS, clock: systemClock };
const idle = await executor.open(options);
await idle[Symbol.asyncDispose]();
await executor.open(options);
const open = await executor.open(options);
const step = { file: 'step_1.js', signal: new AbortController().signal, call: async () => 1 };
const { value } = await open.run('2 + await one()', step);
console.log(value);
`;
