import type { Clock } from '../../src/web/clock';

/** A clock that stands still until everybody waits, and then goes to the next waiter; `hold` keeps it where it is. */
export class SteppingClock implements Clock {
  #now: number;
  #holds = 0;
  #scheduled = false;
  #sleepers: { at: number; wake: () => void }[] = [];

  constructor(now = 1_700_000_000_000) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const sleeper = { at: this.#now + ms, wake: resolve };
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(signal.reason);
      });
      this.#schedule();
    });
  }

  hold(): () => void {
    this.#holds++;
    let over = false;
    return () => {
      if (over) return;
      over = true;
      this.#holds--;
      this.#schedule();
    };
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#holds > 0 || this.#sleepers.length === 0) return;
      const next = this.#sleepers.reduce((first, other) => (other.at < first.at ? other : first));
      this.#sleepers = this.#sleepers.filter((other) => other !== next);
      this.#now = Math.max(this.#now, next.at);
      next.wake();
      this.#schedule();
    });
  }
}
