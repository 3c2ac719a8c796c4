/** Counts what came and was no event of a run, in one sentence among those that tell what was repaired. */
export class LeftOut {
  readonly #repairs: string[];
  #count = 0;
  #at = -1;

  constructor(repairs: string[]) {
    this.#repairs = repairs;
  }

  count(): void {
    this.#count += 1;
    if (this.#at < 0) this.#at = this.#repairs.length;
    const entries = this.#count === 1 ? 'entry was no event' : 'entries were no events';
    this.#repairs[this.#at] = `${this.#count} ${entries} of a run, left out.`;
  }
}
