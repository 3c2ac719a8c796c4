import type { Line } from './open-rows';

const PAUSE_MS = 700;

/** Letters typed one soon after the other are one text. */
export class TypeAhead {
  #text = '';
  #atMs = 0;

  get isTyping(): boolean {
    return performance.now() - this.#atMs < PAUSE_MS && this.#text !== '';
  }

  /** Place of the next line, round the end, whose label begins with what was typed so far; below zero where there is none. */
  find(letter: string, lines: readonly Line[], active: number): number {
    this.#text = this.isTyping ? this.#text + letter : letter;
    this.#atMs = performance.now();
    const text = this.#text.toLowerCase().replace(/^(.)\1+$/, '$1'); // the same letter again goes on
    const start = active + (text.length > 1 ? 0 : 1);
    const begins = ({ row }: Line) => row.label.toLowerCase().startsWith(text);
    const after = lines.findIndex((line, index) => index >= start && begins(line));
    return after >= 0 ? after : lines.findIndex(begins);
  }
}
