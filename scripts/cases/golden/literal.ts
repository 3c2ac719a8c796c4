/** A value read from a text, and where it ends. */
export interface ReadLiteral {
  value: unknown;
  end: number;
}

/**
 * The literal of Python or JSON that begins at `start`: lists, tuples and sets as lists, dictionaries as objects, strings,
 * numbers and the words of both languages. Undefined where none is there.
 */
export function readLiteral(text: string, start: number): ReadLiteral | undefined {
  try {
    const reader = new Reader(text, start);
    const value = reader.value();
    return { value, end: reader.at };
  } catch (error) {
    if (error instanceof NoLiteral) return undefined;
    throw error;
  }
}

/** The literal that a whole text is. */
export function wholeLiteral(text: string): { value: unknown } | undefined {
  const trimmed = text.trim();
  const read = readLiteral(trimmed, 0);
  return read?.end === trimmed.length ? { value: read.value } : undefined;
}

class NoLiteral extends Error {}

const WORDS = new Map<string, unknown>([
  ['True', true],
  ['true', true],
  ['False', false],
  ['false', false],
  ['None', null],
  ['null', null],
  ['undefined', null],
]);
const ESCAPES = new Map([
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
  ['b', '\b'],
  ['f', '\f'],
  ['0', '\0'],
]);
const CLOSERS = new Map([
  ['[', ']'],
  ['(', ')'],
  ['{', '}'],
]);

class Reader {
  at: number;
  readonly #text: string;

  constructor(text: string, start: number) {
    this.#text = text;
    this.at = start;
  }

  value(): unknown {
    this.#space();
    const sign = this.#text[this.at] ?? '';
    if (sign === '"' || sign === "'") return this.#string(sign);
    if (sign === '{') return this.#braces();
    if (sign === '[' || sign === '(') return this.#items(CLOSERS.get(sign) ?? '');
    const number = this.#take(/-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])/y);
    if (number !== undefined) return Number(number);
    const word = this.#take(/[A-Za-z]+\b/y) ?? '';
    if (!WORDS.has(word)) throw new NoLiteral();
    return WORDS.get(word);
  }

  #items(closer: string): unknown[] {
    this.at += 1;
    const items: unknown[] = [];
    let commas = 0;
    while (!this.#closes(closer)) {
      if (items.length > 0) {
        this.#comma();
        commas += 1;
        if (this.#closes(closer)) break;
      }
      items.push(this.value());
    }
    this.at += 1;
    if (closer === ')' && commas === 0) throw new NoLiteral(); // words in brackets are no tuple
    return items;
  }

  #braces(): unknown {
    const start = this.at;
    this.at += 1;
    const object: Record<string, unknown> = {};
    while (!this.#closes('}')) {
      if (Object.keys(object).length > 0) {
        this.#comma();
        if (this.#closes('}')) break;
      }
      const key = this.#key();
      this.#space();
      if (this.#text[this.at] !== ':') {
        this.at = start;
        return this.#items('}'); // a set
      }
      this.at += 1;
      object[key] = this.value();
    }
    this.at += 1;
    return object;
  }

  /** Also a bare word, as the SDK shows keys of an object. */
  #key(): string {
    this.#space();
    return this.#take(/[A-Za-z_$][\w$]*(?=\s*:)/y) ?? String(this.value());
  }

  #closes(closer: string): boolean {
    this.#space();
    return this.#text[this.at] === closer;
  }

  #comma(): void {
    if (this.#text[this.at] !== ',') throw new NoLiteral();
    this.at += 1;
  }

  #string(quote: string): string {
    let value = '';
    for (this.at += 1; this.at < this.#text.length; this.at += 1) {
      const character = this.#text[this.at] ?? '';
      if (character === quote) {
        this.at += 1;
        return value;
      }
      value += character === '\\' ? this.#escape() : character;
    }
    throw new NoLiteral();
  }

  #escape(): string {
    this.at += 1;
    const sign = this.#text[this.at] ?? '';
    const digits = { x: 2, u: 4, U: 8 }[sign];
    if (digits === undefined) return ESCAPES.get(sign) ?? sign;
    const code = Number.parseInt(this.#text.slice(this.at + 1, this.at + 1 + digits), 16);
    if (Number.isNaN(code)) throw new NoLiteral();
    this.at += digits;
    return String.fromCodePoint(code);
  }

  #space(): void {
    while (/\s/.test(this.#text[this.at] ?? '')) this.at += 1;
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }
}
