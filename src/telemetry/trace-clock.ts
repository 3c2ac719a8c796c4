import { type Context, type HrTime, type Span, type TimeInput, trace } from '@opentelemetry/api';

const THIS_MOMENT_MS = 5;
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

/** The clock of each span's trace. */
const clocks = new WeakMap<Span, TraceClock>();

/** The clock of the trace that goes on in this context; a new one for a new trace, and below spans that have none. */
export function clockIn(parent: Context): TraceClock {
  const span = trace.getSpan(parent);
  return (span && clocks.get(span)) ?? new TraceClock();
}

/** Spans below this one take their times from the same clock. */
export function keepClock(span: Span, clock: TraceClock): void {
  clocks.set(span, clock);
}

interface TimedSpan extends Span {
  readonly startTime: HrTime;
}

/**
 * Times a span of the app's own by the clock of its trace. OpenTelemetry times each from the wall clock, in whole milliseconds:
 * it would begin before the tool that it is opened in, or outlive the run. For a span processor, as the span starts. Times that
 * somebody gave stay.
 */
export function timeByTrace(span: TimedSpan, parent: Context): void {
  if (isGiven(span)) return;
  const clock = clockIn(parent);
  if (!Reflect.set(span, 'startTime', clock.now())) return;
  keepClock(span, clock);
  const { end } = span;
  Reflect.set(span, 'end', (time?: TimeInput) => end.call(span, time ?? clock.now()));
}

/** Spans of the SDK know it; of others, a start is their own that is of this moment, with the precision of `Date.now()`. */
function isGiven(span: TimedSpan): boolean {
  if ('_startTimeProvided' in span) return span._startTimeProvided !== false;
  const [seconds, nanos] = span.startTime;
  return nanos % 1_000_000 !== 0 || Math.abs(Date.now() - seconds * 1_000 - nanos / 1_000_000) > THIS_MOMENT_MS;
}
