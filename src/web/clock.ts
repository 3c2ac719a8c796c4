/** Time as a run sees it. Everything that waits, measures or stamps takes one, so that a test can own time. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason at once when `signal` aborts. Leaves no timer behind. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /**
   * Says that work in real time is under way (guest code, a request), which a virtual clock must not run past.
   * Call the returned function when it is over. Absent on clocks that follow the real time.
   */
  hold?(): () => void;
}

/** Does work in real time, which a virtual clock must not run past. */
export async function held<Result>(clock: Pick<Clock, 'hold'>, work: () => Promise<Result>): Promise<Result> {
  const release = clock.hold?.();
  try {
    return await work();
  } finally {
    release?.();
  }
}

/** The clock on the wall. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      }, ms);
      signal?.addEventListener('abort', onAbort, { once: true });
    }),
};
