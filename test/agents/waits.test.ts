import { expect, test } from 'vitest';
import { Waits } from '../../src/agents/runs/waits';

const never = () => new Promise<never>(() => {});

/** A promise to be settled from outside. */
function open<Value>() {
  let resolve: (value: Value) => void = () => {};
  const promise = new Promise<Value>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

test('an abort ends every wait that is under way, and none that had its value before', async () => {
  const aborter = new AbortController();
  const waits = new Waits(aborter.signal);
  const promises = Array.from({ length: 5 }, () => open<number>());
  const waiting = promises.map(({ promise }) => waits.for(promise));
  for (const index of [3, 0]) promises[index]?.resolve(index);
  await Promise.all([waiting[0], waiting[3]]);

  aborter.abort(new Error('enough'));

  const outcomes = await Promise.allSettled(waiting);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled', 'rejected']);
});

test('a wait that begins after the abort ends at once, whatever came late before it', async () => {
  const aborter = new AbortController();
  const waits = new Waits(aborter.signal);
  const late = open<number>();
  const first = waits.for(late.promise);
  aborter.abort(new Error('enough'));
  await expect(first).rejects.toThrow('enough');

  late.resolve(1);
  await late.promise;

  await expect(waits.for(never())).rejects.toThrow('enough');
});

test('a failure is passed on, and the waits beside it go on', async () => {
  const waits = new Waits(new AbortController().signal);
  const beside = open<string>();
  const going = waits.for(beside.promise);

  await expect(waits.for(Promise.reject(new Error('no')))).rejects.toThrow('no');
  beside.resolve('yes');

  expect(await going).toBe('yes');
});
