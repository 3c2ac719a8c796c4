import { expect, test } from 'vitest';
import { DEFAULT_LIMITS, type Executor } from '../../src/executors/executor';
import { engineModules } from '../../src/executors/quickjs/engine-module';
import { quickCell } from '../../src/executors/quickjs/quick-cell';
import { runtime } from '../../src/runtimes/node';
import { engineBytes, inProcess, openBench } from '../fakes/sandbox-bench';

const MIB = 1024 * 1024;
const modules = engineModules(engineBytes);

/** Bytes of memory that the engine has after guest code has run for at most two seconds. */
async function memoryAfter(code: string, memoryBytes: number): Promise<number> {
  const { timeoutMs: _, ...limits } = DEFAULT_LIMITS;
  const settings = { ...limits, memoryBytes, functions: [], modules: {}, nextCall: 1 };
  const cell = await quickCell({
    module: await modules(memoryBytes, new AbortController().signal),
    maxPolls: Number.POSITIVE_INFINITY,
    settings,
    onPrint: () => {},
  });
  await cell.start({ code, file: 'step_1.js', reset: [] }, 2_000);
  return (await cell.state()).memory.length;
}

const BOMBS: [name: string, code: string][] = [
  ['strings', "let s = 'x'; for (;;) s += s;"],
  ['arrays', 'const a = []; for (;;) a.push(new Array(100000).fill(1));'],
  ['buffers whose failure is caught', 'const b = []; for (;;) try { b.push(new ArrayBuffer(1 << 20)) } catch {}'],
  [
    'holes between buffers that grow',
    'const small = []; for (let n = 1e3; ; n = Math.min(n * 1.02 | 0, 6e6)) { new ArrayBuffer(n); small.push(new ArrayBuffer(700)) }',
  ],
  ['encoding', "const s = '\u20ac'.repeat(1e6); const all = []; for (;;) all.push(encodeURIComponent(s));"],
  ['sparse JSON', 'JSON.stringify(new Array(4e9))'],
  ['maps', 'const m = new Map(); for (let i = 0; ; i++) m.set(i, { i });'],
  ['promises', 'const all = []; for (;;) all.push(new Promise(() => {}).then(() => all));'],
];

test.each([8 * MIB, 32 * MIB])('memory is never above a cap of %i bytes and 2 MiB', async (memoryBytes) => {
  const used: Record<string, number> = {};
  for (const [name, code] of BOMBS) used[name] = await memoryAfter(code, memoryBytes);

  expect(Object.entries(used).filter(([, bytes]) => bytes > memoryBytes + 2 * MIB)).toEqual([]);
  expect(Math.max(...Object.values(used))).toBeGreaterThan(memoryBytes / 2); // they were bombs
});

test.each<[string, () => Promise<Executor>]>([
  ['in process', async () => inProcess],
  ['in worker threads', () => runtime.executor()],
])('a thousand sandboxes in a row leave no growth %s', async (_where, executorOf) => {
  const executor = await executorOf();
  const residentAfter = async (sandboxes: number) => {
    for (let index = 0; index < sandboxes; index++) {
      const { run, sandbox } = await openBench({ executor, tools: { one: () => 1 } });
      expect((await run('let kept = new Array(1000).fill(1); final_answer(await one())')).answer).toEqual({ value: 1 });
      await sandbox[Symbol.asyncDispose]();
    }
    return process.memoryUsage().rss;
  };
  const resident: number[] = [];
  for (let quarter = 0; quarter < 4; quarter++) resident.push(await residentAfter(250));

  const growths = resident.slice(1).map((bytes, index) => bytes - (resident[index] ?? 0));

  // garbage comes and goes; what is kept grows in each quarter, by 350 MiB at least: 1.4 a sandbox
  expect(Math.min(...growths)).toBeLessThan(60 * MIB);
});

test('sandboxes whose guests ran out of memory leave none behind', async () => {
  const residentAfter = async (sandboxes: number) => {
    for (let index = 0; index < sandboxes; index++) {
      const { run, sandbox } = await openBench();
      expect((await run('const a = []; for (;;) a.push(new ArrayBuffer(1 << 20))')).error?.kind).toBe('out_of_memory');
      await sandbox[Symbol.asyncDispose]();
    }
    return process.memoryUsage().rss;
  };
  const before = await residentAfter(20);

  const after = await residentAfter(40);

  expect(after - before).toBeLessThan(250 * MIB); // 32 MiB each if kept: 1,280 MiB
});
