import { expect, test } from 'vitest';
import { type Thread, whenReady } from '../../src/executors/protocol';

function silentThread() {
  const seen = { stops: 0 };
  const thread: Thread = {
    post: () => {},
    receive: () => {},
    onEnd: () => {},
    setBusy: () => {},
    stop: () => seen.stops++,
  };
  return { thread, seen };
}

test('an abort while a thread starts ends the thread at once', async () => {
  const { thread, seen } = silentThread();
  const abort = new AbortController();
  const ready = whenReady(thread, 15_000, abort.signal);

  abort.abort(new Error('enough'));

  await expect(ready).rejects.toThrow('enough');
  expect(seen.stops).toBe(1);
});

test('a thread that is started after the abort is ended as well', async () => {
  const { thread, seen } = silentThread();

  await expect(whenReady(thread, 15_000, AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late');

  expect(seen.stops).toBe(1);
});
