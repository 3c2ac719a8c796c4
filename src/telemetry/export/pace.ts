import type { ExportFailure } from './export-failure';
import type { Batch } from './outbox';
import type { ProcessorLimits } from './processor-options';

const PATIENT_FAILURES = 5;

/** When the next request may be made. Back-off goes on from batch to batch: it is one and the same collector. */
export class Pace {
  readonly #limits: ProcessorLimits;
  readonly #random: () => number;
  #failures = 0;
  #backOffUntilMs = 0;
  /** What the collector asked for. */
  askedUntilMs = 0;

  constructor(limits: ProcessorLimits, random: () => number) {
    this.#limits = limits;
    this.#random = random;
  }

  get notBeforeMs(): number {
    return Math.max(this.#backOffUntilMs, this.askedUntilMs);
  }

  /** After this many failures, about half a minute by default, nobody is kept waiting. */
  get isAwayForLong(): boolean {
    return this.#failures > PATIENT_FAILURES;
  }

  /** The collector is there. */
  answered(): void {
    this.hurry();
    this.askedUntilMs = 0;
  }

  /** It may well be there again: back-off begins anew. A wait that the collector asked for goes on. */
  hurry(): void {
    this.#failures = 0;
    this.#backOffUntilMs = 0;
  }

  /** The batch could not be delivered now. Says whether it is to be kept; its last try is at `maxElapsedMs` after the first of any of its spans. */
  failed({ retryAfterMs }: ExportFailure, { entries }: Batch, nowMs: number): boolean {
    const { retryBaseMs, retryCapMs, maxElapsedMs } = this.#limits;
    const firstAtMs = entries.reduce((least, { firstAttemptAtMs = nowMs }) => Math.min(least, firstAttemptAtMs), nowMs);
    const giveUpAtMs = firstAtMs + maxElapsedMs;
    const backOffMs = Math.min(retryCapMs, retryBaseMs * 2 ** this.#failures) * (0.5 + this.#random() / 2);
    this.#failures += 1;
    if (retryAfterMs !== undefined) {
      this.askedUntilMs = nowMs + retryAfterMs; // for the batches behind it as well
      return this.askedUntilMs <= giveUpAtMs;
    }
    this.#backOffUntilMs = nowMs + backOffMs;
    if (nowMs >= giveUpAtMs) return false;
    this.#backOffUntilMs = Math.min(this.#backOffUntilMs, giveUpAtMs);
    return true;
  }
}
