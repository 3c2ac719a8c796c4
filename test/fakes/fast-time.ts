/** Runs `work` while timers and the date of this process go `factor` times as fast, for code that takes no clock. */
export async function inFastTime<Value>(factor: number, work: () => Promise<Value>): Promise<Value> {
  const { setTimeout: plainSetTimeout } = globalThis;
  const plainNow = Date.now;
  const startMs = plainNow();
  const faster: typeof plainSetTimeout = Object.assign(
    (run: TimerHandler, ms = 0, ...values: unknown[]) =>
      Reflect.apply(plainSetTimeout, undefined, [run, ms / factor, ...values]),
    { __promisify__: plainSetTimeout.__promisify__ },
  );
  globalThis.setTimeout = faster;
  Date.now = () => startMs + (plainNow() - startMs) * factor;
  try {
    return await work();
  } finally {
    globalThis.setTimeout = plainSetTimeout;
    Date.now = plainNow;
  }
}
