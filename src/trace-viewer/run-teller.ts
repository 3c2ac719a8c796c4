import { Announcer } from './announcer';
import { outcomeText, sentenceOf } from './run-header';
import type { Trace } from './trace';
import { fill, type Labels } from './viewer-labels';

/** Says what changes in a run under way: errors, and what became of it. */
export class RunTeller {
  readonly #announcer = new Announcer();
  readonly node = this.#announcer.node;
  readonly #labels: Labels;
  #errors = 0;
  #outcome = '';

  constructor(labels: Labels) {
    this.#labels = labels;
  }

  /** What a new trace has is there to be read, and is not said. */
  begin({ errors }: Trace): void {
    this.#errors = errors.length;
  }

  tell(trace: Trace): void {
    const { errors } = trace;
    const newest = errors.at(-1);
    if (errors.length > this.#errors && newest) {
      const { step, label } = newest;
      const { stepFailed, rowFailed } = this.#labels;
      const sentence = sentenceOf(newest);
      this.#announcer.say(step === undefined ? fill(rowFailed, label, sentence) : fill(stepFailed, step, sentence));
    }
    this.#errors = errors.length;
    const outcome = outcomeText(trace, this.#labels);
    if (this.#outcome !== outcome) this.#announcer.say(outcome);
    this.#outcome = outcome;
  }
}
