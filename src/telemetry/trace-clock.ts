import type { HrTime } from '@opentelemetry/api';

const NANOS_PER_SECOND = 1_000_000_000;

/**
 * The times of one trace, all from one anchor: wall time at its beginning, and what the monotonic clock measures from there.
 * Spans that each ask for the wall time outlive their parents by rounding. Every time is later than the one before, by a
 * nanosecond at least, so that order is kept where the clock stands still (deployed workers) or is coarse (pages).
 */
export class TraceClock {
  readonly #wallMs = Date.now();
  readonly #startMs = performance.now();
  #elapsedNanos = 0;

  /** Seconds since the epoch, and nanoseconds beside them. */
  now(): HrTime {
    this.#elapsedNanos = Math.max(this.#measuredNanos(), this.#elapsedNanos + 1);
    const nanos = (this.#wallMs % 1000) * 1_000_000 + this.#elapsedNanos;
    return [Math.floor(this.#wallMs / 1000) + Math.floor(nanos / NANOS_PER_SECOND), nanos % NANOS_PER_SECOND];
  }

  /** How far the wall clock went from this one, in milliseconds: a machine that slept, or a clock that was set. */
  skewMs(): number {
    return Date.now() - this.#wallMs - this.#measuredNanos() / 1_000_000;
  }

  #measuredNanos(): number {
    return Math.round((performance.now() - this.#startMs) * 1_000_000);
  }
}
