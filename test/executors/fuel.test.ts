import { afterEach, expect, test, vi } from 'vitest';
import { InProcessExecutor } from '../../src/executors/in-process';
import { engineBytes, openBench } from '../fakes/sandbox-bench';

afterEach(() => vi.restoreAllMocks());

/** As in a deployed worker, where clocks stand still while code runs. */
function stopClocks(): void {
  vi.spyOn(performance, 'now').mockReturnValue(1_000);
  vi.spyOn(Date, 'now').mockReturnValue(1_000);
}

test('where the clock stands still, the count of polls ends a loop, and the step is undone', async () => {
  const executor = new InProcessExecutor({ wasm: engineBytes, maxPolls: 10_000 });
  const { run } = await openBench({ executor });
  await run('let kept = 1');
  stopClocks();

  const { error } = await run('kept = 2; for (;;) {}');

  expect(error).toMatchObject({ kind: 'timeout', lostVariables: ['kept'] });
  expect(error?.message).toContain('too many loops and calls');
  expect((await run('kept')).value).toBe(1);
});

test('code that catches everything, and promise jobs without end, use the same count up', async () => {
  const executor = new InProcessExecutor({ wasm: engineBytes, maxPolls: 10_000 });
  const { run } = await openBench({ executor });
  stopClocks();

  const catching = await run('for (;;) { try { for (;;) {} } catch {} finally { continue } }');
  const jobs = await run('(function next() { Promise.resolve().then(next) })(); await new Promise(() => {})');

  expect(catching.error?.kind).toBe('timeout');
  expect(jobs.error?.kind).toBe('timeout');
});

test('each turn of the guest has the whole count: waiting for a tool moves the clock', async () => {
  const executor = new InProcessExecutor({ wasm: engineBytes, maxPolls: 3_000 });
  const { run } = await openBench({ executor, tools: { one: () => 1 } });

  const { answer } = await run(
    'for (let i = 0; i < 5; i++) { for (let k = 0; k < 2e4; k++); await one() }\nfinal_answer(1)',
  );

  expect(answer).toEqual({ value: 1 });
});

test('promise jobs that multiply behind an answer end, though the clock stands still', async () => {
  const executor = new InProcessExecutor({ wasm: engineBytes, maxPolls: 10_000 });
  const { run } = await openBench({ executor });
  stopClocks();

  const { answer } = await run(
    'let lives = 0; function next() { for (let i = 0; i < 2; i++) if (lives++ < 1e9) Promise.resolve().then(next) }\nnext(); final_answer(1)',
  );

  expect(answer).toEqual({ value: 1 });
});
