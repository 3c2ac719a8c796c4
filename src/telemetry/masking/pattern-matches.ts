import type { Instruction } from './pattern-program';

interface Thread {
  place: number;
  start: number;
}

const STEPS_BETWEEN_LOOKS = 4096;

/**
 * Where a pattern matches, as `RegExp` would find it, without going back in the text: all ways through the program go on side
 * by side, so that no pattern can take more than its length times the text's for one match. Undefined when `isOver` says that
 * the time is up. Empty matches are left out.
 */
export function matches(
  program: readonly Instruction[],
  text: string,
  { unicode, isOver }: { unicode: boolean; isOver: () => boolean },
): (readonly [start: number, end: number])[] | undefined {
  const found: [number, number][] = [];
  const mayStart = firstCharacters(program);
  let steps = 0;
  let position = 0;
  while (position <= text.length) {
    const match = new Search(program, text, unicode, mayStart).from(position, () => {
      steps += 1;
      return steps % STEPS_BETWEEN_LOOKS === 0 && isOver();
    });
    if (match === 'over') return undefined;
    if (!match) break;
    const [start, end] = match;
    if (end > start) found.push([start, end]);
    position = Math.max(end, start + 1);
  }
  return found;
}

/** One search for the first match; of several at one place the one that the pattern prefers. */
class Search {
  readonly #program: readonly Instruction[];
  readonly #text: string;
  readonly #unicode: boolean;
  readonly #mayStart: (character: string) => boolean;
  /** Position at which each place was last reached. */
  readonly #reached: Int32Array;

  constructor(
    program: readonly Instruction[],
    text: string,
    unicode: boolean,
    mayStart: (character: string) => boolean,
  ) {
    this.#program = program;
    this.#text = text;
    this.#unicode = unicode;
    this.#mayStart = mayStart;
    this.#reached = new Int32Array(program.length).fill(-1);
  }

  from(begin: number, isOver: () => boolean): [number, number] | 'over' | undefined {
    let threads: Thread[] = [];
    let match: [number, number] | undefined;
    for (let position = begin; position <= this.#text.length; ) {
      if (isOver()) return 'over';
      const character = this.#at(position);
      if (!match && (threads.length > 0 || this.#mayStart(character))) this.#follow(threads, 0, position, position);
      if (threads.length === 0 && match) break;
      const next: Thread[] = [];
      const after = position + Math.max(character.length, 1);
      for (const { place, start } of threads) {
        if (isOver()) return 'over';
        const instruction = this.#program[place];
        if (instruction?.type === 'match') {
          match = [start, position];
          break; // what comes after is preferred less
        }
        if (instruction?.type === 'character' && character && instruction.test(character))
          this.#follow(next, place + 1, start, after);
      }
      threads = next;
      position = after;
    }
    return match;
  }

  #at(position: number): string {
    if (!this.#unicode) return this.#text[position] ?? '';
    const point = this.#text.codePointAt(position);
    return point === undefined ? '' : String.fromCodePoint(point);
  }

  /** Adds the threads that `place` leads to without reading anything, the preferred ones first. */
  #follow(threads: Thread[], first: number, start: number, position: number): void {
    const waiting = [first];
    for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
      const instruction = this.#program[place];
      if (!instruction || this.#reached[place] === position) continue;
      this.#reached[place] = position;
      if (instruction.type === 'jump') waiting.push(instruction.next);
      else if (instruction.type === 'split') waiting.push(instruction.other, instruction.next);
      else if (instruction.type !== 'assert') threads.push({ place, start });
      else if (instruction.holds(this.#text, position)) waiting.push(place + 1);
    }
  }
}

/** Whether a match may begin with a character; assertions count as met. Remembers what it was asked. */
function firstCharacters(program: readonly Instruction[]): (character: string) => boolean {
  const tests: ((character: string) => boolean)[] = [];
  const seen = new Set<number>();
  const waiting = [0];
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    const instruction = program[place];
    if (!instruction || seen.has(place)) continue;
    seen.add(place);
    if (instruction.type === 'character') tests.push(instruction.test);
    else if (instruction.type === 'assert') waiting.push(place + 1);
    else if (instruction.type !== 'match') {
      waiting.push(instruction.next);
      if (instruction.type === 'split') waiting.push(instruction.other);
    }
  }
  const known = new Map<string, boolean>();
  return (character) => {
    let answer = known.get(character);
    if (answer === undefined) {
      answer = tests.some((test) => test(character));
      known.set(character, answer);
    }
    return answer;
  };
}
