import { make } from './make-node';
import type { Stretch } from './time-scale';
import type { Trace } from './trace';
import type { Labels } from './viewer-labels';

/** Where the time of a run went, as a line, and where nothing was under way. */
export class RunBand {
  readonly node = make('div', { class: 'band' });
  readonly #labels: Labels;
  readonly #onGaps: (gaps: readonly Stretch[]) => void;
  #trace: Trace | undefined;

  constructor(labels: Labels, onGaps: (gaps: readonly Stretch[]) => void) {
    this.#labels = labels;
    this.#onGaps = onGaps;
  }

  show(trace: Trace): void {
    this.#trace = trace;
    Promise.all([import('./band'), import('./whole/idle-gaps')]).then(
      ([{ drawBand }, { idleGaps }]) => {
        if (trace !== this.#trace) return;
        drawBand(this.node, trace, this.#labels);
        this.#onGaps(idleGaps(trace));
      },
      () => {}, // the run can be read without it
    );
  }
}
