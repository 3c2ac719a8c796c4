// o3 and o4 and what is named after them, the gpt-5 family, every grok; the rule of smolagents 1.26
const REFUSES_STOP = /^((o3|o4)($|[-.].*)|gpt-5.*|([A-Za-z][\w-]*\.)?grok-[A-Za-z0-9][\w.-]*)$/;

/** Whether a model takes the `stop` parameter. `modelId` may have owners before the name, parted by slashes. */
export function takesStop(modelId: string): boolean {
  const name = modelId.slice(modelId.lastIndexOf('/') + 1);
  return name === 'o3-mini' || !REFUSES_STOP.test(name);
}

/** Cuts text that comes in pieces at the first stop sequence in it, as a server would that takes `stop`. */
export class StopCut {
  readonly #sequences: readonly string[];
  #held = '';
  #stopped = false;

  constructor(sequences: readonly string[]) {
    this.#sequences = sequences.filter((sequence) => sequence !== '');
  }

  /** The text that is now known to lie before any stop sequence; what may be the start of one is held back. */
  push(piece: string): string {
    if (this.#stopped) return '';
    const text = this.#held + piece;
    const found = this.#sequences.map((sequence) => text.indexOf(sequence)).filter((index) => index >= 0);
    this.#stopped = found.length > 0;
    const end = this.#stopped ? Math.min(...found) : text.length - this.#startHeld(text);
    this.#held = this.#stopped ? '' : text.slice(end);
    return text.slice(0, end);
  }

  /** What was held back, once the text has ended. */
  flush(): string {
    const held = this.#held;
    this.#held = '';
    return held;
  }

  /** Length of the longest end of `text` that a stop sequence could go on from. */
  #startHeld(text: string): number {
    const longest = Math.max(0, ...this.#sequences.map((sequence) => sequence.length - 1));
    for (let length = Math.min(longest, text.length); length > 0; length--) {
      const end = text.slice(-length);
      if (this.#sequences.some((sequence) => sequence.startsWith(end))) return length;
    }
    return 0;
  }
}
