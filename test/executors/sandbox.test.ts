import { expect, test } from 'vitest';
import { AgentConfigurationError } from '../../src/errors';
import { DEFAULT_LIMITS } from '../../src/executors/executor';
import { virtualClock } from '../../src/testing';
import { systemClock } from '../../src/web/clock';
import { inProcess, openBench } from '../fakes/sandbox-bench';

const add = ({ args }: { args: readonly unknown[] }) => Number(args[0]) + Number(args[1]);

test('variables, functions and classes of one step live on and may be declared again', async () => {
  const { run } = await openBench();

  await run('let n = 40; const inc = (k) => k + 1; class Buoy { constructor(x) { this.x = x } }');
  await run('n = inc(n); const b = new Buoy(inc(n))');
  await run('const inc = 5; class Buoy {} ; let n; function b2() { return [inc, n, new Buoy().x, b.x] }');

  expect((await run('b2()')).value).toEqual([5, undefined, undefined, 42]);
});

test('values of all kinds cross in both directions', async () => {
  const map = new Map([['k', new Set([1n])]]);
  const value = { map, date: new Date(5), none: undefined, numbers: [Number.NaN, -0], bytes: new Uint8Array([1, 2]) };
  const { run, calls } = await openBench({ tools: { echo: ({ args }) => args[0], give: () => value } });

  const { answer } = await run('final_answer({ ...(await echo(await give())), extra: /a/g })');

  expect(calls[1]?.args).toEqual([value]);
  expect(answer?.value).toEqual({ ...value, extra: /a/g });
});

test('variables given by the host are there, and may be written over', async () => {
  const { run, sandbox } = await openBench();

  await sandbox.define({ crew: ['a', 'b'], when: new Date(5) });
  await run('crew.push("c"); const when = 1');

  expect((await run('[crew.length, when]')).value).toEqual([3, 1]);
  await expect(sandbox.define({ call: () => 1 })).rejects.toThrow(TypeError);
});

test('the last expression is the value, and declarations and loops have none', async () => {
  const { run } = await openBench();

  expect(await run('const v = 11; v * 2')).toMatchObject({ value: 22, printedLast: false });
  expect(await run('let w = 3')).not.toHaveProperty('value');
  expect(await run('for (let i = 0; i < 3; i++) i')).not.toHaveProperty('value');
  expect(await run('console.log(v)')).toMatchObject({ logs: '11\n', printedLast: true });
});

test('a function or a huge text as the last value is shown and does not fail the step', async () => {
  const { run } = await openBench();

  expect((await run('const f = () => 1; f')).value).toBe('[Function: f]');
  expect((await run('"x".repeat(3e6)')).value).toContain('truncated');
  expect((await run('const loop = {}; loop.self = loop; loop')).value).toEqual({ self: '[Circular]' });
});

test('prints are kept before an error, which names the line of the code', async () => {
  const { run } = await openBench();

  const output = await run(
    "console.log('before', { a: 1 });\nfunction sink() { throw new RangeError('mast broke'); }\n\nsink();",
  );

  expect(output).toMatchObject({
    logs: 'before {"a":1}\n',
    error: {
      kind: 'error',
      name: 'RangeError',
      message: 'mast broke',
      line: 2,
      source: expect.stringContaining('throw'),
    },
  });
});

test('an unknown name keeps the words of the language', async () => {
  const { run } = await openBench();

  expect((await run('1;\nmissing(2)')).error).toMatchObject({
    name: 'ReferenceError',
    message: 'missing is not defined',
    line: 2,
    source: 'missing(2)',
  });
});

test.each([
  ['a text', '1;\nthrow "x"', 2],
  ['undefined', 'if (true)\n  throw (1, undefined)', 2],
  ['an object, in a function', 'function f() {\n  throw { a: 1 };\n}\nf()', 2],
  ['a text, after a wait', 'await null;\nthrow "x"', 2],
  ['a text that was caught and is thrown on', 'try {\n  throw "x"\n} catch (e) {\n  throw e\n}', 4],
  ['a refused import', '1;\nawait import("fs")', 2],
  ['a refused import in a function', 'const load = async () => {\n  return import("fs")\n}\nawait load()', 2],
  ['an await that nothing can settle', '1;\nawait new Promise(() => {})', 2],
  ['one of two awaits, which is not known', 'await 1;\nawait new Promise(() => {})', undefined],
  ['a rejection without an error', '1;\nawait Promise.reject("x")', undefined],
])('the line of a failure is told where it can be known: %s', async (_name, code, line) => {
  const { run } = await openBench();

  const { error } = await run(code);

  expect(error?.line).toBe(line);
  if (line !== undefined) expect(error?.source).toBe(code.split('\n')[line - 1]?.trim());
});

test('a value thrown by a function of an earlier step has the line of its call', async () => {
  const { run } = await openBench();
  await run('\n\nfunction fails() { throw "x" }\nconst kept = new Error("old")');

  expect((await run('1;\nfails()')).error).toMatchObject({ message: 'x was thrown', line: 2, source: 'fails()' });
  expect((await run('1;\n2;\nthrow kept')).error).toMatchObject({ message: 'old', line: 3 });
});

test("a tool's error can be caught, has name and message, and else names the line of the call", async () => {
  const tools = {
    fail: () => {
      throw new TypeError('pier closed');
    },
  };
  const { run } = await openBench({ tools });

  expect((await run('try { await fail() } catch (e) { [e.name, e.message, e instanceof TypeError] }')).value).toEqual([
    'TypeError',
    'pier closed',
    true,
  ]);
  expect((await run('let r;\nr = await fail();')).error).toMatchObject({
    name: 'TypeError',
    message: 'pier closed',
    line: 2,
  });
});

test('tools are called at the same time, with their arguments as they were given', async () => {
  let open = 0;
  let most = 0;
  const slow = async ({ args }: { args: readonly unknown[] }) => {
    most = Math.max(most, ++open);
    await new Promise((resolve) => setImmediate(resolve));
    open--;
    return args;
  };
  const { run, calls } = await openBench({ tools: { slow } });

  const { value } = await run('await Promise.all([slow(1, "a"), slow({ b: 2 }), slow()])');

  expect(value).toEqual([[1, 'a'], [{ b: 2 }], []]);
  expect(most).toBe(3);
  expect(calls.map(({ id }) => id)).toEqual(['c1', 'c2', 'c3']);
});

test.each([
  ['a getter', 'final_answer({ a: 1, get b() { throw new Error("no") } })', { a: 1, b: '[Unreadable]' }],
  [
    'a getter of the named answer',
    'final_answer({ get answer() { throw new Error("no") } })',
    { answer: '[Unreadable]' },
  ],
  ['toJSON', 'class T { toJSON() { throw 1 } }; final_answer([new T(), 2])', ['[Unreadable]', 2]],
  ['a proxy', 'final_answer([new Proxy({}, { ownKeys() { throw 1 } }), () => 1])', ['[Unreadable]', null]],
  ['the slots of a proxy', 'final_answer(new Proxy({ a: 1 }, { get() { throw 1 } }))', { a: '[Unreadable]' }],
  ['a list', 'final_answer(new Proxy([1], { get() { throw 1 } }))', '[Unreadable]'],
  [
    'a revoked proxy',
    'const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); final_answer(proxy)',
    '[Unreadable]',
  ],
  [
    'a buffer that was handed on',
    'const b = new ArrayBuffer(2); b.transfer(); final_answer({ b })',
    { b: '[Unreadable]' },
  ],
])('an answer that cannot be read in part is given without it: %s', async (_name, code, value) => {
  const { run } = await openBench();

  expect(await run(code)).toMatchObject({ answer: { value } });
});

test('an argument that cannot be read is an error of the call', async () => {
  const { run, calls } = await openBench({ tools: { add } });

  expect((await run('await add({ get a() { throw new RangeError("no") } })')).error?.message).toContain('no');
  expect(calls).toEqual([]);
});

test('an answer aborts the calls that are still open', async () => {
  const { run, calls } = await openBench({ tools: { never: () => new Promise(() => {}), add } });

  await run('never(); await add(1, 1); final_answer(1)');

  expect(calls.find(({ name }) => name === 'never')?.signal.aborted).toBe(true);
});

test('calls that nobody awaits are waited for and named', async () => {
  let done = false;
  const slow = async () => {
    await new Promise((resolve) => setImmediate(resolve));
    done = true;
  };
  const { run } = await openBench({ tools: { slow, add } });

  const output = await run('slow(); await add(1, 2)');

  expect(output).toMatchObject({ value: 3, unawaited: ['slow'] });
  expect(done).toBe(true);
});

test('the failure of a call that nobody awaits is told in the prints', async () => {
  const tools = {
    fail: async () => {
      throw new Error('pier closed');
    },
  };
  const { run } = await openBench({ tools });

  const output = await run('fail(); 5');

  expect(output).toMatchObject({
    value: 5,
    unawaited: ['fail'],
    logs: 'fail, which was not awaited, failed: pier closed\n',
  });
});

test('a promise that nothing can settle is told at once', async () => {
  const clock = virtualClock();
  const { run } = await openBench({ clock });

  const { error } = await run('await new Promise(() => {})');

  expect(error?.message).toContain('nothing can settle');
  expect(clock.now()).toBe(0);
});

test('a late end of an older step is not taken for the end of this one', async () => {
  const { run } = await openBench({ tools: { add } });

  await run('let wake; await new Promise((resolve) => { wake = resolve }); "old"');

  expect((await run('wake(); await add(1, 1); "new"')).value).toBe('new');
});

test('an answer of an older step that comes late answers nothing', async () => {
  const { run } = await openBench();

  const { error } = await run('let wake; final_answer(new Promise((resolve) => { wake = resolve }))');
  const later = await run('wake(9); await 1; await 2; "new"');

  expect(error?.message).toContain('nothing can settle');
  expect(later).toMatchObject({ value: 'new' });
  expect(later).not.toHaveProperty('answer');
});

test('offered modules can be imported in both ways, and others are refused by name', async () => {
  const { run } = await openBench({ modules: { maths: 'export const pi = 3; export default 7' } });

  expect((await run("import seven, { pi } from 'maths';\n[seven, pi]")).value).toEqual([7, 3]);
  expect((await run("(await import('maths')).pi")).value).toBe(3);
  expect((await run("import fs from 'fs'")).error?.message).toContain(
    "import of 'fs' is refused. These can be imported: maths.",
  );
  expect((await run("await import('node:os')")).error?.message).toContain("import of 'node:os' is refused");
});

test('a tool keeps its name whatever the code tries', async () => {
  const { run } = await openBench({ tools: { add } });

  expect((await run('add = 5')).error?.message).toContain('add is a tool');
  expect((await run('globalThis["a" + "dd"] = 5')).error?.message).toContain('add is a tool');
  expect((await run('Object.defineProperty(globalThis, "add", { value: 5 })')).error).toBeDefined();
  expect((await run("final_answer = 'deep';\nfinal_answer(final_answer)")).answer).toEqual({ value: 'deep' });
  expect((await run('await add(1, 2)')).value).toBe(3);
});

test('options that are not allowed are refused by name', async () => {
  const options = { functions: [], modules: {}, limits: DEFAULT_LIMITS, clock: systemClock };

  await expect(inProcess.open({ ...options, functions: [{ name: 'a b', untimed: false }] })).rejects.toThrow(
    AgentConfigurationError,
  );
  await expect(inProcess.open({ ...options, limits: { ...DEFAULT_LIMITS, timeoutMs: 0 } })).rejects.toThrow(
    'limits.timeoutMs is 0',
  );
  await expect(inProcess.open({ ...options, limits: { ...DEFAULT_LIMITS, memoryBytes: 1 } })).rejects.toThrow(
    'limits.memoryBytes is 1',
  );
  await expect(inProcess.open(Object.assign({ extra: 1 }, options))).rejects.toThrow('A sandbox has no option `extra`');
});

test('a call that nobody awaits right before the answer is not begun, and named', async () => {
  const { run, calls } = await openBench({ tools: { add } });

  const output = await run('add(1, 2); add(3, 4); final_answer(5)');

  expect(output).toMatchObject({ answer: { value: 5 }, unmade: ['add'] });
  expect(calls).toEqual([]);
});

test('a call that nobody awaits right before a failure is made', async () => {
  const { run, calls } = await openBench({ tools: { add } });

  const output = await run("add(1, 2); throw new Error('late')");

  expect(output).toMatchObject({ error: { message: 'late' } });
  expect(calls).toHaveLength(1);
});

test('code that awaits its calls left none of them unmade', async () => {
  const { run } = await openBench({ tools: { add } });

  expect(await run('final_answer(await add(1, 2))')).not.toHaveProperty('unmade');
});
