import { tell } from '../tell';

/** Why spans were lost. */
export type DropReason =
  /** More were waiting than may. */
  | 'queue_full'
  /** The collector answered with a status that must not be tried again. */
  | 'refused'
  /** The collector took the request and left them out. */
  | 'rejected'
  /** The collector was away for too long. */
  | 'gave_up'
  /** One span alone is longer than a body may be. */
  | 'too_large'
  | 'not_encodable'
  | 'shut_down'
  /** They lay in the journal for longer than they may. */
  | 'expired';

export interface Drop {
  reason: DropReason;
  spans: number;
  /** How many of them were roots, where that is known. */
  roots: number;
  error?: unknown;
}

/** Spans, but for `requests` and `retries`. What ended is delivered, lost, queued or journaled. */
export interface TelemetryCounters {
  ended: number;
  /** Taken over from the journal of pages that are gone; they count as ended, too. */
  restored: number;
  delivered: number;
  lost: number;
  queued: number;
  /** Left in the journal at the shutdown, for another page to send. */
  journaled: number;
  /** Attempts to send. */
  requests: number;
  /** Those of them that sent spans again. */
  retries: number;
}

/** Counts what becomes of spans and tells of losses: to `onDrop` each, to the `diag` logger once a problem. */
export class Ledger {
  readonly counts = { ended: 0, restored: 0, delivered: 0, lost: 0, journaled: 0, requests: 0, retries: 0 };
  readonly #onDrop: ((drop: Drop) => void) | undefined;
  readonly #warned = new Set<string>();

  constructor(onDrop: ((drop: Drop) => void) | undefined) {
    this.#onDrop = onDrop;
  }

  /** Counts spans as lost and tells of it; each problem is warned of once. */
  lose(
    reason: DropReason,
    entries: readonly { isRoot: boolean }[],
    message: string,
    error?: unknown,
    spans = entries.length,
  ): void {
    if (spans === 0) return;
    this.counts.lost += spans;
    this.warn(reason, `${message} (${spans} spans lost)`);
    try {
      this.#onDrop?.({ reason, spans, roots: entries.filter(({ isRoot }) => isRoot).length, error });
    } catch (thrown) {
      this.warn('onDrop', `onDrop threw ${String(thrown)}`);
    }
  }

  /** A problem that was warned of before is not warned of again. */
  warn(problem: string, message: string): void {
    if (this.#warned.has(problem)) return;
    this.#warned.add(problem);
    tell('warn', `smolagents-web telemetry: ${message}`);
  }
}
