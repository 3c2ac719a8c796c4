/** Counts what came and was no event of a run, in one sentence among those that tell what was repaired. */
export class LeftOut {
  readonly #repairs: string[];
  #count = 0;
  #sentence = '';

  constructor(repairs: string[]) {
    this.#repairs = repairs;
  }

  count(): void {
    const at = this.#repairs.indexOf(this.#sentence);
    this.#count += 1;
    const entries = this.#count === 1 ? 'entry was no event' : 'entries were no events';
    this.#sentence = `${this.#count} ${entries} of a run, left out.`;
    this.#repairs.splice(at < 0 ? this.#repairs.length : at, 1, this.#sentence);
  }
}
