import type { Trace } from './trace';

const ROUND_NUMBERS = [1, 1.5, 2, 3, 5, 7.5];
const FOLD = 0.02; // of the rest: what a folded stretch keeps of its width

/** A stretch of time. Milliseconds since the epoch. */
export interface Stretch {
  fromMs: number;
  toMs: number;
}

/** Where in the waterfall a time stands: that of a stretch, in which others are folded. */
export class TimeScale {
  readonly fromMs: number;
  readonly toMs: number;
  readonly #folds: readonly Stretch[];
  readonly #foldMs: number;
  readonly #wholeMs: number;

  constructor({ fromMs, toMs }: Stretch, folds: readonly Stretch[] = []) {
    this.fromMs = fromMs;
    this.toMs = toMs;
    this.#folds = folds
      .map((fold) => ({ fromMs: Math.max(fromMs, fold.fromMs), toMs: Math.min(toMs, fold.toMs) }))
      .filter((fold) => fold.toMs > fold.fromMs);
    const foldedMs = this.#folds.reduce((sum, fold) => sum + fold.toMs - fold.fromMs, 0);
    this.#foldMs = Math.max(1, toMs - fromMs - foldedMs) * FOLD;
    this.#wholeMs = Math.max(1, toMs - fromMs - foldedMs + this.#folds.length * this.#foldMs);
  }

  /** In percent of the width; below 0 and above 100 outside. */
  share(ms: number): number {
    let at = ms - this.fromMs;
    for (const fold of this.#folds) {
      const lengthMs = fold.toMs - fold.fromMs;
      at -= Math.max(0, Math.min(lengthMs, ms - fold.fromMs)) * (1 - this.#foldMs / lengthMs);
    }
    return (100 * at) / this.#wholeMs;
  }

  /** The folded stretches as places, in percent of the width. */
  get folds(): readonly (readonly [from: number, to: number])[] {
    return this.#folds.map(({ fromMs, toMs }) => [this.share(fromMs), this.share(toMs)]);
  }
}

/** While a run goes on, further than it has come, so that the bars do not shrink all the time. */
export function endOfScale({ startMs, endMs, outcome }: Trace): number {
  if (outcome !== 'running') return endMs;
  const durationMs = Math.max(1000, endMs - startMs);
  const power = 10 ** Math.floor(Math.log10(durationMs));
  return startMs + (ROUND_NUMBERS.find((number) => number * power >= durationMs) ?? 10) * power;
}
