import { isRecord } from '../web/record';

const ENOUGH_ELSE = 20; // characters: more than a closing fence or tag has
const ENOUGH_WHITE = 500;
const BLANK_LINE = /\n[ \t\r]*\n/;

/**
 * Watches text that comes in pieces for a whole JSON object `{"name", "arguments"}` of a known tool and for what is said
 * behind it: small models go on to make up the result. An object within another one, or within thinking, does not count.
 */
export class ClosedCall {
  readonly #names: ReadonlySet<string>;
  #text = '';
  /** The object under way, from its bracket on. */
  #object = '';
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** What follows the call; undefined before there is one. */
  #behind: string | undefined;

  constructor(names: readonly string[]) {
    this.#names = new Set(names);
  }

  /** How many characters of `piece` to keep: all of them, or those up to where the reply counts as ended. */
  push(piece: string): number {
    if (this.#names.size === 0) return piece.length;
    for (let index = 0; index < piece.length; index++) {
      const character = piece.charAt(index);
      this.#text += character;
      if (this.#behind === undefined) this.#read(character);
      else this.#behind += character;
      if (this.full) return index + 1;
    }
    return piece.length;
  }

  /** Whether enough has followed a call: a blank line, or 20 characters that are no white space. */
  get full(): boolean {
    const behind = this.#behind ?? '';
    if (behind.length < 2) return false;
    return (
      BLANK_LINE.test(behind) || behind.replaceAll(/\s/g, '').length >= ENOUGH_ELSE || behind.length > ENOUGH_WHITE
    );
  }

  #read(character: string): void {
    if (this.#depth > 0) this.#object += character;
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (character === '\\') this.#escaped = true;
      else if (character === '"') this.#inString = false;
    } else if (character === '"') this.#inString = this.#depth > 0;
    else if (character === '{') {
      if (this.#depth++ === 0) this.#object = character;
    } else if (character === '}' && this.#depth > 0 && --this.#depth === 0) this.#close();
  }

  #close(): void {
    if (!this.#isCall(this.#object)) return;
    const thinks = this.#text.lastIndexOf('<think') > this.#text.lastIndexOf('</think');
    if (!thinks) this.#behind = '';
  }

  #isCall(text: string): boolean {
    try {
      const call: unknown = JSON.parse(text);
      return isRecord(call) && 'arguments' in call && typeof call.name === 'string' && this.#names.has(call.name);
    } catch {
      return false;
    }
  }
}
