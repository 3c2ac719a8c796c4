import { aroundNotice } from './show';

/** Printed text of a step: all of it up to the limit, else its head and its tail around a notice. */
export class Printed {
  readonly #limit: number;
  #head = '';
  #tail = '';
  #total = 0;

  constructor(maxCharacters: number, saved?: SavedPrints) {
    this.#limit = maxCharacters;
    if (saved) [this.#head, this.#tail, this.#total] = saved;
  }

  /** `skipped` characters came before `text` and are gone. */
  add(text: string, skipped = 0): void {
    this.#total += skipped + text.length;
    const room = this.#limit - this.#head.length;
    if (room > 0) this.#head += text.slice(0, room);
    this.#tail = (this.#tail + text).slice(-this.#limit);
  }

  text(): string {
    if (this.#total <= this.#limit) return this.#head;
    return aroundNotice(this.#head, this.#tail, this.#limit);
  }

  save(): SavedPrints {
    return [this.#head, this.#tail, this.#total];
  }
}

/** Head, tail and number of all characters. */
export type SavedPrints = [head: string, tail: string, total: number];
