import type { Clock } from './clock';

/** Keeps requests apart: each begins `gapMs` after the one before, on each clock by itself, since a time means something only on its own. */
export class RequestPace {
  readonly #gapMs: number;
  readonly #next = new WeakMap<Clock, number>();

  constructor(gapMs: number) {
    this.#gapMs = gapMs;
  }

  /** Resolves when the next request may begin; rejects with the signal's reason. Calls are served in order. */
  async turn(clock: Clock, signal: AbortSignal): Promise<void> {
    const now = clock.now();
    const start = Math.max(now, this.#next.get(clock) ?? now);
    this.#next.set(clock, start + this.#gapMs);
    if (start > now) await clock.sleep(start - now, signal);
  }
}
