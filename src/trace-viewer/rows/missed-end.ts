import type { Trace } from '../trace';
import type { LiveRows } from './live-rows';
import type { Row } from './row';

const NO_END = 'The end of the run was not received.';

/** A live trace, which grows. */
export type GrowingTrace = { -readonly [key in keyof Trace]: Trace[key] };

/** The end of a stream that broke: what was under way is shown as stopped, until more of it comes. */
export class MissedEnd {
  readonly #rows: LiveRows;
  readonly #repairs: string[];
  #cut: readonly Row[] = [];

  constructor(rows: LiveRows, repairs: string[]) {
    this.#rows = rows;
    this.#repairs = repairs;
  }

  miss(trace: GrowingTrace): void {
    this.#repairs.push(NO_END);
    this.#cut = this.#rows.roots.flatMap((root) => this.#rows.endAll(root, trace.endMs, 'interrupted'));
    Object.assign(trace, { outcome: 'stopped', stoppedBy: 'no end was received' });
  }

  /** More comes of the run that was cut off; nothing where it was not. */
  goOn(trace: GrowingTrace): void {
    if (this.#cut.length === 0) return;
    this.#repairs.splice(this.#repairs.indexOf(NO_END), 1);
    this.#rows.resume(this.#cut);
    this.#cut = [];
    Object.assign(trace, { outcome: 'running', stoppedBy: undefined });
  }
}
