/** One instruction; `next` and `other` are places in the program. */
export type Instruction =
  | { type: 'character'; test(character: string): boolean }
  /** Goes on at `next`, or at `other` where that fails. */
  | { type: 'split'; next: number; other: number }
  | { type: 'jump'; next: number }
  | { type: 'assert'; holds(text: string, position: number): boolean }
  | { type: 'match' };

const MAX_INSTRUCTIONS = 4000;
const MAX_COUNT = 1000;

const CLASS_OR_CHARACTER = /\[(?:\\[\s\S]|[^\]\\])*\]|[^\\[()*+?]/;

/** Thrown for what cannot be judged in linear time: back references, lookaround, too large a count. */
class Unsupported extends Error {}

/**
 * The program of a pattern, for `matches`; undefined where the pattern has something that no such program can say. Single
 * characters and classes are left to the platform's own RegExp, one character at a time.
 */
export function programOf({ source, flags }: RegExp): readonly Instruction[] | undefined {
  try {
    const compiler = new Compiler(source, flags);
    return compiler.whole();
  } catch (error) {
    if (error instanceof Unsupported) return undefined;
    throw error;
  }
}

/** Appends its instructions to the program, wherever that ends by then. */
type Part = (program: Instruction[]) => void;

class Compiler {
  readonly #source: string;
  readonly #characterFlags: string;
  readonly #multiline: boolean;
  #at = 0;

  constructor(source: string, flags: string) {
    if (flags.includes('v')) throw new Unsupported(); // classes in classes
    this.#source = source;
    this.#characterFlags = flags.replace(/[^isu]/g, '');
    this.#multiline = flags.includes('m');
  }

  whole(): readonly Instruction[] {
    const program: Instruction[] = [];
    this.#alternatives()(program);
    if (this.#at < this.#source.length) throw new Unsupported();
    program.push({ type: 'match' });
    return program;
  }

  #alternatives(): Part {
    const parts = [this.#sequence()];
    while (this.#take('|')) parts.push(this.#sequence());
    return parts.reduceRight((rest, part) => either(part, rest));
  }

  #sequence(): Part {
    const parts: Part[] = [];
    while (this.#at < this.#source.length && !'|)'.includes(this.#source[this.#at] ?? ''))
      parts.push(this.#quantified());
    return (program) => {
      for (const part of parts) part(program);
    };
  }

  #quantified(): Part {
    const part = this.#atom();
    const found = this.#takeMatch(/[*+?]|\{(\d+)(,(\d*))?\}/y);
    if (!found) return part;
    const [sign, least = '0', comma, most] = found;
    const lazy = this.#take('?');
    if (sign === '*') return repeated(part, 0, undefined, lazy);
    if (sign === '+') return repeated(part, 1, undefined, lazy);
    if (sign === '?') return repeated(part, 0, 1, lazy);
    const upTo = comma === undefined ? Number(least) : most ? Number(most) : undefined;
    if (Number(least) > MAX_COUNT || (upTo ?? 0) > MAX_COUNT) throw new Unsupported();
    return repeated(part, Number(least), upTo, lazy);
  }

  #atom(): Part {
    if (this.#take('(')) return this.#group();
    const assertion = this.#takeMatch(/\^|\$|\\[bB]/y)?.[0];
    if (assertion) return this.#assertion(assertion);
    const escaped = this.#takeMatch(
      /\\(?:u\{[0-9a-f]+\}|u[0-9a-f]{4}|x[0-9a-f]{2}|c[a-z]|[pP]\{[^}]*\}|[^1-9k])/iy,
    )?.[0];
    if (escaped) return this.#character(escaped);
    // a class, or a character, which is half of a pair where the pattern does not say `u`: its text is read so as well
    const plain = this.#takeMatch(new RegExp(CLASS_OR_CHARACTER, this.#characterFlags.includes('u') ? 'uy' : 'y'))?.[0];
    if (plain) return this.#character(plain);
    throw new Unsupported();
  }

  #group(): Part {
    if (this.#takeMatch(/\?(?:[=!]|<[=!])/y)) throw new Unsupported();
    this.#takeMatch(/\?(?::|<[^>]*>)/y);
    const inside = this.#alternatives();
    if (!this.#take(')')) throw new Unsupported();
    return inside;
  }

  #assertion(sign: string): Part {
    const lineEnd = (character: string | undefined) => this.#multiline && /^[\n\r\u2028\u2029]$/.test(character ?? '');
    const isWord = (character: string | undefined) => /^\w$/.test(character ?? '');
    const atBoundary = (text: string, position: number) => isWord(text[position - 1]) !== isWord(text[position]);
    const holds = (text: string, position: number): boolean => {
      if (sign === '^') return position === 0 || lineEnd(text[position - 1]);
      if (sign === '$') return position === text.length || lineEnd(text[position]);
      return atBoundary(text, position) === (sign === '\\b');
    };
    return (program) => void program.push({ type: 'assert', holds });
  }

  #character(source: string): Part {
    const one = new RegExp(`^(?:${source === '/' ? '\\/' : source})$`, this.#characterFlags);
    const known = new Map<string, boolean>();
    const test = (character: string): boolean => {
      const before = known.get(character);
      if (before !== undefined) return before;
      const result = one.test(character);
      known.set(character, result);
      return result;
    };
    return (program) => {
      if (program.length >= MAX_INSTRUCTIONS) throw new Unsupported();
      program.push({ type: 'character', test });
    };
  }

  #take(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #takeMatch(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#source);
    if (found) this.#at += found[0].length;
    return found;
  }
}

function either(first: Part, second: Part): Part {
  return (program) => {
    const split = { type: 'split' as const, next: program.length + 1, other: 0 };
    program.push(split);
    first(program);
    const jump = { type: 'jump' as const, next: 0 };
    program.push(jump);
    split.other = program.length;
    second(program);
    jump.next = program.length;
  };
}

/** `most` undefined: without end. */
function repeated(part: Part, least: number, most: number | undefined, lazy: boolean): Part {
  return (program) => {
    for (let count = 0; count < least; count += 1) part(program);
    if (most === undefined) loop(part, lazy, program);
    const exits: { next: number; other: number }[] = [];
    for (let count = least; count < (most ?? 0); count += 1) {
      exits.push(open(program));
      part(program);
    }
    for (const exit of exits) close(exit, program.length, lazy);
  };
}

function loop(part: Part, lazy: boolean, program: Instruction[]): void {
  const start = program.length;
  const exit = open(program);
  part(program);
  program.push({ type: 'jump', next: start });
  close(exit, program.length, lazy);
}

/** A split whose way out is not known yet. */
function open(program: Instruction[]): { next: number; other: number } {
  if (program.length >= MAX_INSTRUCTIONS) throw new Unsupported();
  const split = { type: 'split' as const, next: program.length + 1, other: 0 };
  program.push(split);
  return split;
}

/** A lazy one tries the way out first. */
function close(split: { next: number; other: number }, end: number, lazy: boolean): void {
  split.other = end;
  if (lazy) [split.next, split.other] = [split.other, split.next];
}
