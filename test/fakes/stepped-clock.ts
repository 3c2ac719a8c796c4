import type { Clock } from '../../src/web/clock';

interface Sleeper {
  at: number;
  wake(): void;
}

/** A clock that stands still while anything holds it, and else jumps to the next sleeper. */
export function steppedClock(): Clock {
  const sleepers = new Set<Sleeper>();
  let now = 0;
  let holds = 0;
  const jumpSoon = () => setImmediate(() => setImmediate(jump)); // after all that is ready to run
  const jump = () => {
    if (holds > 0 || sleepers.size === 0) return;
    const [next] = [...sleepers].toSorted((left, right) => left.at - right.at);
    if (!next) return;
    now = Math.max(now, next.at);
    sleepers.delete(next);
    next.wake();
    jumpSoon();
  };
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const sleeper = { at: now + ms, wake: resolve };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', () => {
          sleepers.delete(sleeper);
          reject(signal.reason);
        });
        jumpSoon();
      }),
    hold: () => {
      holds++;
      let isHeld = true;
      return () => {
        if (isHeld) holds--;
        isHeld = false;
        jumpSoon();
      };
    },
  };
}
