import type { ExportFailure } from './export-failure';
import type { Batch } from './outbox';
import type { ProcessorLimits } from './processor-options';

const PATIENT_FAILURES = 5;

/** When the next request may be made. Back-off goes on from batch to batch: it is one and the same collector. */
export class Pace {
  readonly #limits: ProcessorLimits;
  readonly #random: () => number;
  #failures = 0;
  #notBeforeMs = 0;

  constructor(limits: ProcessorLimits, random: () => number) {
    this.#limits = limits;
    this.#random = random;
  }

  get notBeforeMs(): number {
    return this.#notBeforeMs;
  }

  /** After this many failures, about half a minute by default, nobody is kept waiting. */
  get isAwayForLong(): boolean {
    return this.#failures > PATIENT_FAILURES;
  }

  /** The collector is there. */
  answered(): void {
    this.#failures = 0;
    this.#notBeforeMs = 0;
  }

  /** The batch could not be delivered now. Says whether it is to be kept; its last try is at `maxElapsedMs` after its first. */
  failed({ retryAfterMs }: ExportFailure, { firstAttemptAtMs }: Batch, nowMs: number): boolean {
    const { retryBaseMs, retryCapMs, maxElapsedMs } = this.#limits;
    const giveUpAtMs = (firstAttemptAtMs ?? nowMs) + maxElapsedMs;
    const backOffMs = Math.min(retryCapMs, retryBaseMs * 2 ** this.#failures);
    this.#failures += 1;
    const jittered = nowMs + backOffMs * (0.5 + this.#random() / 2);
    if (retryAfterMs === undefined) {
      this.#notBeforeMs = nowMs < giveUpAtMs ? Math.min(jittered, giveUpAtMs) : jittered;
      return nowMs < giveUpAtMs;
    }
    this.#notBeforeMs = nowMs + retryAfterMs; // for the batches behind it as well
    return this.#notBeforeMs <= giveUpAtMs;
  }
}
