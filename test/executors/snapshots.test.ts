import { describe, expect, test } from 'vitest';
import { runtime } from '../../src/runtimes/node';
import { benchOf, inProcess, napping, openBench } from '../fakes/sandbox-bench';

/** A tool that answers when it is told to. */
function door() {
  const waiting: ((value: unknown) => void)[] = [];
  let called: () => void = () => {};
  const wasCalled = new Promise<void>((resolve) => {
    called = resolve;
  });
  const knock = () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      called();
    });
  const open = (value: unknown) => {
    for (const resolve of waiting.splice(0)) resolve(value);
  };
  return { knock, wasCalled, open };
}

describe.each([
  ['in process', async () => inProcess],
  ['in a worker thread', () => runtime.executor()],
])('%s', (_where, executorOf) => {
  test('a snapshot between steps holds variables, functions and tools', async () => {
    const executor = await executorOf();
    const tools = { add: ({ args }: { args: readonly unknown[] }) => Number(args[0]) + 1 };
    const first = await openBench({ executor, tools });
    await first.run('let n = 1; const inc = async () => { n = await add(n); return n }');

    const snapshot = await first.sandbox.snapshot();
    const second = await openBench({ executor, tools, snapshot });

    expect((await second.run('await inc()')).value).toBe(2);
    expect((await first.run('n')).value).toBe(1);
    await expect(second.resume()).rejects.toThrow('No step is under way');
  });

  test('a snapshot in the middle of a step goes on elsewhere, with its open calls made anew under their ids', async () => {
    const executor = await executorOf();
    const here = door();
    const there = door();
    const first = await openBench({ executor, tools: { knock: here.knock } });
    await first.run('let steps = 1');
    const running = first.run(
      "console.log('knocking'); steps++; const got = await knock({ a: 1 }); console.log(got); [steps, got]",
    );
    await here.wasCalled;

    const snapshot = await first.sandbox.snapshot();
    const second = await openBench({ executor, tools: { knock: there.knock }, snapshot });
    const resumed = second.resume();
    await there.wasCalled;
    there.open('there');
    here.open('here');

    expect(await resumed).toMatchObject({ logs: 'knocking\nthere\n', value: [2, 'there'] });
    expect(await running).toMatchObject({ logs: 'knocking\nhere\n', value: [2, 'here'] });
    expect(second.calls.map(({ id, name, args }) => [id, name, args])).toEqual([['c1', 'knock', [{ a: 1 }]]]);
    expect((await second.run('await knock; typeof got')).value).toBe('string');
  });

  test('a step that was resumed and then stopped is undone to before it began', async () => {
    const executor = await executorOf();
    const { knock, wasCalled } = door();
    const first = await openBench({ executor, tools: { knock } });
    await first.run('let kept = 1');
    const abort = new AbortController();
    const running = first.run('kept = 2; let lost = 1; await knock(); for (;;) {}', abort.signal);
    await wasCalled;
    const snapshot = await first.sandbox.snapshot();
    abort.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');

    const { clock, nap } = napping();
    const second = await openBench({ executor, clock, tools: { knock: nap }, snapshot });
    const { error } = await second.resume();

    expect(error).toMatchObject({ kind: 'timeout', lostVariables: ['kept', 'lost'] });
    expect((await second.run('[kept, typeof lost]')).value).toEqual([1, 'undefined']);
  });

  test('a fork goes its own way', async () => {
    const executor = await executorOf();
    const origin = await openBench({ executor });
    await origin.run('let n = 41; const list = [1]');

    const fork = benchOf(await origin.sandbox.fork(), {});
    await fork.run('n++; list.push(2)');

    expect((await fork.run('[n, list]')).value).toEqual([42, [1, 2]]);
    expect((await origin.run('[n, list]')).value).toEqual([41, [1]]);
  });
});

test('a snapshot that was made anew before anyone resumed still holds the step', async () => {
  const { knock, wasCalled } = door();
  const first = await openBench({ tools: { knock } });
  first.run('const got = await knock(); got').catch(() => {}); // it is closed in the middle
  await wasCalled;
  const second = await openBench({ tools: { knock }, snapshot: await first.sandbox.snapshot() });

  const third = await openBench({ tools: { knock: () => 'later' }, snapshot: await second.sandbox.snapshot() });

  expect((await third.resume()).value).toBe('later');
  await first.sandbox[Symbol.asyncDispose]();
});

test('ids of calls are not used twice, also after a step was undone', async () => {
  const { clock, nap } = napping();
  const { run, calls } = await openBench({ clock, tools: { one: () => 1, nap } });

  await run('await one(); await nap(); for (;;) {}');
  await run('await one()');

  expect(new Set(calls.map(({ id }) => id)).size).toBe(3);
});

test('bytes that are no snapshot are refused', async () => {
  const { sandbox } = await openBench();
  const good = await sandbox.snapshot();

  await expect(openBench({ snapshot: new Uint8Array(3) })).rejects.toThrow('no snapshot');
  await expect(openBench({ snapshot: new Uint8Array(5_000) })).rejects.toThrow('no snapshot');
  await expect(openBench({ snapshot: good.subarray(0, good.length - 10) })).rejects.toThrow('cut off');
});

test('a closed sandbox takes no more steps, and a step under way is ended', async () => {
  const { sandbox, run } = await openBench({ tools: { never: () => new Promise(() => {}) } });
  const running = run('await never()');

  await sandbox[Symbol.asyncDispose]();

  await expect(running).rejects.toThrow('The sandbox is closed');
  await expect(run('1')).rejects.toThrow('The sandbox is closed');
});

test('one step runs at a time', async () => {
  const { run } = await openBench({ tools: { one: () => 1 } });
  const running = run('await one()');

  await expect(run('2')).rejects.toThrow('one runs at a time');

  expect((await running).value).toBe(1);
});
