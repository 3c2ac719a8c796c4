import type { Clock } from './clock';

export interface Deadline {
  clock: Clock;
  /** Milliseconds on `clock` that the work may take. */
  timeoutMs: number;
  signal: AbortSignal;
  /** Makes the error to throw when the time is over. */
  late(): Error;
}

/**
 * Awaits `work` for `timeoutMs` at most. Throws what `late` makes when the time is over, and the signal's reason at
 * once on an abort, also when the work heeds neither. Leaves no timer and no listener behind; the work itself is not
 * stopped, so whoever starts it gives it a signal of its own.
 */
export async function within<Value>(
  work: () => Promise<Value>,
  { clock, timeoutMs, signal, late }: Deadline,
): Promise<Value> {
  signal.throwIfAborted();
  const alarm = new AbortController();
  const onAbort = () => alarm.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const timeIsOver = clock.sleep(timeoutMs, alarm.signal).then(() => {
    throw late();
  });
  try {
    return await Promise.race([work(), timeIsOver]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    alarm.abort(); // the sleep then rejects, which the race has already taken up
  }
}
