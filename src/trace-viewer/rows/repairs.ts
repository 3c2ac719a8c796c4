/** What a file had wrong, counted, so that a thousand faults of one kind are one sentence. */
export class Repairs {
  readonly #counts = new Map<string, number>();
  readonly #sentences: string[] = [];

  /** `what` goes on from "3 spans were". */
  count(what: string, number = 1): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + number);
  }

  tell(sentence: string): void {
    this.#sentences.push(sentence);
  }

  sentences(): string[] {
    const counted = [...this.#counts].map(
      ([what, count]) => `${count} ${count === 1 ? 'span was' : 'spans were'} ${what}.`,
    );
    return [...this.#sentences, ...counted];
  }
}
