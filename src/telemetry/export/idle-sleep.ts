import { type Clock, systemClock } from '../../web/clock';

/**
 * Sleeps on `clock`, and where that is the real one, lets a Node process end meanwhile: a program whose answer is there does
 * not stay for minutes because its collector is away. Rejects as `clock.sleep` does.
 */
export function idleSleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (clock !== systemClock) return clock.sleep(ms, signal);
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const timer = setTimeout(resolve, ms);
    if (canLetGo(timer)) timer.unref();
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        reject(signal.reason);
      },
      { once: true },
    );
  });
}

/** A timer of Node; those of pages and workers are numbers. */
function canLetGo(timer: unknown): timer is { unref(): void } {
  return typeof timer === 'object' && timer !== null && 'unref' in timer;
}
