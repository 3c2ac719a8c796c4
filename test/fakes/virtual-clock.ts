import type { Clock } from '../../src/web/clock';

interface Sleeper {
  ms: number;
  due: number;
  wake(): void;
}

export interface VirtualClock extends Clock {
  /** Moves time on and wakes, in order, whoever is due by then. */
  advance(ms: number): void;
  /** Resolves as soon as somebody sleeps for exactly `ms`. */
  asleep(ms: number): Promise<void>;
  /** How many sleep now. */
  readonly sleepers: number;
}

/** A clock that stands still until it is told to move. Begins at 2026-01-01T00:00:00Z. */
export function virtualClock(): VirtualClock {
  let now = Date.UTC(2026, 0, 1);
  const sleepers = new Set<Sleeper>();
  const watchers = new Set<() => void>();

  const sleep: Clock['sleep'] = (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const sleeper: Sleeper = {
        ms,
        due: now + ms,
        wake: () => {
          sleepers.delete(sleeper);
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      const onAbort = () => {
        sleepers.delete(sleeper);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      sleepers.add(sleeper);
      for (const look of watchers) look();
    });

  return {
    now: () => now,
    sleep,
    advance: (ms) => {
      now += ms;
      const due = [...sleepers].filter((sleeper) => sleeper.due <= now).sort((a, b) => a.due - b.due);
      for (const sleeper of due) sleeper.wake();
    },
    asleep: (ms) =>
      new Promise((resolve) => {
        const look = () => {
          if (![...sleepers].some((sleeper) => sleeper.ms === ms)) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
      }),
    get sleepers() {
      return sleepers.size;
    },
  };
}
