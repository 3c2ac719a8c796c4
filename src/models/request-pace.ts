import type { Clock } from '../web/clock';

const MINUTE_MS = 60_000;

/** The pace of a model; undefined where it has no limit. */
export function paceOf({ requestsPerMinute }: { requestsPerMinute?: number | undefined }): RequestPace | undefined {
  return requestsPerMinute === undefined ? undefined : new RequestPace(requestsPerMinute);
}

/** Keeps requests apart: each begins `60 s / requestsPerMinute` after the one before, on each clock by itself. */
export class RequestPace {
  readonly #gapMs: number;
  readonly #next = new WeakMap<Clock, number>();

  constructor(requestsPerMinute: number) {
    this.#gapMs = MINUTE_MS / requestsPerMinute;
  }

  /** Resolves when the next request may begin; rejects with the signal's reason. Calls are served in order. */
  async turn(clock: Clock, signal: AbortSignal): Promise<void> {
    const now = clock.now();
    const start = Math.max(now, this.#next.get(clock) ?? now);
    this.#next.set(clock, start + this.#gapMs);
    if (start > now) await clock.sleep(start - now, signal);
  }
}
