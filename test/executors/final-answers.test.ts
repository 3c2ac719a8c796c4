import { expect, test } from 'vitest';
import { openBench } from '../fakes/sandbox-bench';

const add = ({ args }: { args: readonly unknown[] }) => Number(args[0]) + Number(args[1]);

test('final_answer ends at once, past catch and finally, and the first one wins', async () => {
  const { run, calls } = await openBench({ tools: { add } });

  const output = await run(
    "try { final_answer('kept') } catch {} finally { console.log('late'); add(1, 1) }\nfinal_answer('lost')",
  );

  expect(output).toMatchObject({ answer: { value: 'kept' }, logs: '' });
  expect(calls).toEqual([]);
  expect(
    (await run("async function f() { final_answer('in') }\ntry { await f() } catch {}\nconsole.log('late')")).logs,
  ).toBe('');
});

test('nothing that was queued behind an answer runs later', async () => {
  const { run, calls } = await openBench({ tools: { add } });

  await run('Promise.resolve().then(() => { globalThis.late = 1; add(1, 1) });\nfinal_answer(1)');

  expect((await run('await 1; await 2; 7')).value).toBe(7);
  expect(calls).toEqual([]);
});

test('final_answer takes a bare value, a named one, and a promise', async () => {
  const { run } = await openBench({ tools: { add } });

  expect((await run('final_answer({ answer: [1] })')).answer).toEqual({ value: [1] });
  expect((await run('final_answer({ answer: 1, more: 2 })')).answer).toEqual({ value: { answer: 1, more: 2 } });
  expect((await run('final_answer(add(1, 2)); console.log("late")')).answer).toEqual({ value: 3 });
  expect((await run('final_answer({ then(resolve) { resolve(9) }, a: 1 })')).answer).toEqual({ value: { a: 1 } });
  expect((await run('final_answer(null)')).answer).toEqual({ value: null });
});

test('several arguments of final_answer cross all, promises among them awaited', async () => {
  const { run } = await openBench({ tools: { add } });

  expect((await run('final_answer(1, { b: 2 })')).answer).toEqual({ value: 1, args: [1, { b: 2 }] });
  expect((await run('final_answer(1, add(1, 2)); console.log("late")')).answer).toEqual({ value: 1, args: [1, 3] });
  expect((await run('final_answer(1, () => 1)')).error?.message).toContain('the answer is a function');
  expect((await run('final_answer()')).answer).toEqual({ value: undefined });
});

test('a promise given as the answer that fails is the error of the step', async () => {
  const tools = {
    fail: () => {
      throw new Error('pier closed');
    },
  };
  const { run } = await openBench({ tools });

  expect(await run('final_answer(fail())')).toMatchObject({ error: { message: 'pier closed' } });
});

test('a function as the answer is an error that says so, and may be caught', async () => {
  const { run } = await openBench();

  expect((await run('final_answer(() => 1)')).error?.message).toContain('the answer is a function');
  expect((await run('try { final_answer(() => 1) } catch { final_answer("plain") }')).answer).toEqual({
    value: 'plain',
  });
});
