/**
 * Watches text that comes in pieces for a run of blank lines (nothing or white space before the line end). Small
 * models write such runs up to their token limit once they have said what they had to say.
 */
export class BlankLines {
  readonly #limit: number;
  #run = 0;
  #blankSoFar = false; // whether the line under way may count: the first one follows no line end

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many characters of `piece` to keep: all of them, or those up to the end of the run's last line. */
  push(piece: string): number {
    for (let index = 0; index < piece.length; index++) {
      const character = piece.charAt(index);
      if (character === '\n') {
        this.#run = this.#blankSoFar ? this.#run + 1 : 0;
        this.#blankSoFar = true;
        if (this.full) return index + 1;
      } else if (character.trim() !== '') {
        this.#blankSoFar = false;
        this.#run = 0;
      }
    }
    return piece.length;
  }

  /** Whether the run has reached the limit. */
  get full(): boolean {
    return this.#run >= this.#limit;
  }
}
