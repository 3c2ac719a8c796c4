import { Script } from 'node:vm';
import { describe, expect, test } from 'vitest';
import type { CodeOutput } from '../../src/executors/executor';
import { runtime } from '../../src/runtimes/node';
import { virtualClock } from '../../src/testing';
import { inProcess, napping, openBench } from '../fakes/sandbox-bench';

const never = () => new Promise(() => {});

describe.each([
  ['in process', async () => inProcess],
  ['in a worker thread', () => runtime.executor()],
])('%s', (_where, executorOf) => {
  test('a step that is stopped is undone and says which variables are lost', async () => {
    const { clock, nap } = napping();
    const { run } = await openBench({ executor: await executorOf(), clock, tools: { nap } });
    await run('let kept = 1; const list = [1]');

    const { error, logs } = await run(
      'console.log("on"); kept = 2; list.push(2); let mark = 1; await nap(); while (true) {}',
    );

    expect(logs).toBe('on\n');
    expect(error).toMatchObject({ kind: 'timeout', lostVariables: ['kept', 'mark'] });
    expect(error?.message).toMatch(/30 seconds.*lost: kept, mark/);
    expect((await run('[kept, list, typeof mark]')).value).toEqual([1, [1], 'undefined']);
  });

  test('memory is bounded, and the variables of older steps survive a full one', async () => {
    const { run } = await openBench({ executor: await executorOf(), limits: { memoryBytes: 8 * 1024 * 1024 } });
    await run('let kept = 1');

    const { error } = await run('const all = []; for (;;) all.push(new Array(10000).fill(1))');

    expect(error).toMatchObject({ kind: 'out_of_memory', lostVariables: ['all'] });
    expect((await run('[kept, typeof all]')).value).toEqual([1, 'undefined']);
  });

  test('more memory is given when the limit says so', async () => {
    const { run } = await openBench({ executor: await executorOf(), limits: { memoryBytes: 64 * 1024 * 1024 } });

    expect((await run('new Uint8Array(48 * 1024 * 1024).length')).value).toBe(48 * 1024 * 1024);
  });

  test('recursion without end is an error that the code may catch', async () => {
    const { run } = await openBench({ executor: await executorOf() });

    expect((await run('function f() { return f() + 1 }\nf()')).error).toMatchObject({ kind: 'stack_overflow' });
    expect((await run('let depth = 0; function g() { depth++; g() }\ntry { g() } catch {}\ndepth > 200')).value).toBe(
      true,
    );
  });

  test('an abort ends a step at any moment, and the sandbox goes on from before it', async () => {
    const { run } = await openBench({ executor: await executorOf(), tools: { never } });
    await run('let kept = 1');

    for (let round = 0; round < 12; round++) {
      const abort = new AbortController();
      const running = run('kept = 2; await never()', abort.signal);
      for (let turn = 0; turn < round; turn++) await new Promise((resolve) => setImmediate(resolve));
      abort.abort(new Error(`stop ${round}`));
      await expect(running).rejects.toThrow(`stop ${round}`);
      expect((await run('kept')).value).toBe(1);
    }
  });
});

test('waiting for a timed call counts on the clock of the run', async () => {
  const clock = virtualClock();
  const slow = () => clock.sleep(250_000);
  const { run, calls } = await openBench({ clock, tools: { slow }, limits: { timeoutMs: 100_000 } });

  const { error } = await run('1;\nawait slow()');

  expect(error).toMatchObject({ kind: 'timeout', line: 2, source: 'await slow()' });
  expect(clock.now()).toBeLessThanOrEqual(100_000);
  expect(clock.now()).toBeGreaterThan(50_000); // the rest is real time in which the code ran
  expect(calls[0]?.signal.aborted).toBe(true);
});

test('waiting for an untimed call does not count, unless a timed one is open as well', async () => {
  const clock = virtualClock();
  const tools = {
    person: () => clock.sleep(6_000_000),
    quick: () => clock.sleep(40_000),
    slow: () => clock.sleep(200_000),
  };
  const { run } = await openBench({ clock, tools, untimed: ['person'], limits: { timeoutMs: 100_000 } });

  expect((await run('await person(); await quick(); await person(); await quick(); "done"')).value).toBe('done');
  expect((await run('await quick(); await person(); await quick(); await quick()')).error?.kind).toBe('timeout');
  expect((await run('await Promise.all([person(), slow()])')).error?.kind).toBe('timeout');
});

test('no timer is left behind by a step that waited', async () => {
  const open = new Set<number>();
  let last = 0;
  const clock = {
    now: () => 0,
    sleep: (_ms: number, signal?: AbortSignal) =>
      new Promise<void>((_resolve, reject) => {
        const timer = ++last;
        open.add(timer);
        signal?.addEventListener('abort', () => {
          open.delete(timer);
          reject(signal.reason);
        });
      }),
  };
  const { run } = await openBench({ clock, tools: { soon: async () => 1 } });

  await run('await soon(); await soon()');

  expect(last).toBe(2);
  expect(open.size).toBe(0);
});

test('calls over the limit fail, and the host is not asked', async () => {
  const { run, calls } = await openBench({ tools: { one: () => 1 }, limits: { maxCalls: 3 } });

  const { error } = await run('for (;;) await one()');

  expect(error?.message).toContain('a step may make 3 calls');
  expect(calls).toHaveLength(3);
  expect((await run('await one()')).value).toBe(1);
});

test('a value over the limit is refused on both ways', async () => {
  const { run, calls } = await openBench({
    tools: { big: () => 'x'.repeat(5_000), take: () => 1 },
    limits: { crossCharacters: 2_000 },
  });

  expect((await run('await big()')).error?.message).toContain('longer than 2000 characters');
  expect((await run('await take("x".repeat(5000))')).error?.message).toContain('longer than 2000 characters');
  expect((await run('final_answer("x".repeat(5000))')).error?.message).toContain('longer than 2000 characters');
  expect(calls.map(({ name }) => name)).toEqual(['big']);
});

test('prints over the limit keep head and tail, in one print and in many', async () => {
  const { run, prints } = await openBench({ limits: { maxPrintCharacters: 100 } });
  const check = ({ logs }: CodeOutput) => {
    expect(logs).toMatch(/^first.*truncated.* 100 .*last\n$/s);
    expect(logs.length).toBeLessThan(230);
  };

  check(
    await run("console.log('first'); for (let i = 0; i < 1000; i++) console.log('0123456789'); console.log('last')"),
  );
  check(await run("console.log('first' + 'x'.repeat(1e5) + 'last')"));
  expect(prints.join('').length).toBeLessThan(500);
});

test('an error message over the limit is cut', async () => {
  const { run } = await openBench({ limits: { maxErrorCharacters: 1_000 } });

  const { error } = await run("throw new Error('m'.repeat(1e6))");

  expect(error?.message.length).toBeLessThanOrEqual(1_000);
});

test.each([
  'Array.prototype.join.call({ length: 3e6 })',
  'String(new Array(3e6))',
  'new Float64Array(3e6).sort()',
  'new Uint8Array(3e6).join()',
  "'a'.repeat(3e6).split('')",
  "'a'.repeat(3e6).replaceAll('a', 'b')",
  "'ß'.repeat(3e6).toUpperCase()",
  "'a'.repeat(1.2e6).indexOf('a'.repeat(2000) + 'b')",
  "'a'.repeat(1.2e6).split('a'.repeat(2000) + 'b')",
])('%s, which would run for long past any limit, is refused by its size', async (expression) => {
  const { run } = await openBench();

  const { error } = await run(expression);

  expect(error).toMatchObject({ name: 'RangeError', message: expect.stringMatching(/too long/) });
});

test('long searches give what the language gives', async () => {
  const program = `const text = 'ab'.repeat(60_000) + 'aba' + 'ab'.repeat(60_000);
    const part = 'aba' + 'ab'.repeat(200);
    [text.indexOf(part), text.indexOf(part, 120_003), text.indexOf(part + 'b'), text.lastIndexOf('ba'.repeat(150)),
      text.lastIndexOf('ba'.repeat(150), 900), text.includes(part, 119_000), text.split('ba'.repeat(150)).length,
      text.split('ba'.repeat(150), 3).length, text.replace(part, '[$&]$$').length,
      text.replaceAll('ba'.repeat(150), (match, at) => match.length + at).length]`;
  const { run } = await openBench();

  const { value } = await run(program);

  expect(value).toEqual(new Script(program).runInNewContext());
});

test('a replacement that quotes what stands around is refused where the search is long', async () => {
  const { run } = await openBench();

  const { error } = await run('"a".repeat(3e5).replace("a".repeat(100), "$`")');

  expect(error).toMatchObject({ name: 'RangeError', message: expect.stringMatching(/too long/) });
});

test('lists and texts of an ordinary size are gone through', async () => {
  const { run } = await openBench();

  const { value } = await run(`const text = 'a b '.repeat(250_000);
    [text.split(' ').length, text.indexOf('no such words in it'), new Array(1_000_000).fill(1).slice().reverse().length]`);

  expect(value).toEqual([500_001, -1, 1_000_000]);
});
