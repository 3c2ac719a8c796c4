import type { AgentEvent } from '../../agents/agent';
import { succinctEvent } from '../../agents/succinct-event';
import { decode, encode } from '../../executors/codec';
import { numberedKey, type Rows } from '../rows';
import type { Clean } from '../secrets/secrets';
import type { HiddenFacts, KnownFacts, RunFacts } from './run-facts';

const PREFIX = 'event ';
const BATCH = 100; // events read at once
const BATCH_CHARACTERS = 256 * 1024; // a few may be large, and an object has many readers

/** An event as it is written, and when it was, in milliseconds since the epoch. */
export interface WrittenEvent {
  number: number;
  atMs: number;
  json: string;
}

/** What is written of one run: its facts, and its events, numbered from 1. Secrets never get in. */
export class RunLog {
  readonly #rows: Rows;
  readonly #clean: Clean;
  #last: number | undefined;

  constructor(rows: Rows, clean: Clean) {
    this.#rows = rows;
    this.#clean = clean;
  }

  /** Undefined where there is no such run. */
  read(): KnownFacts | undefined {
    const text = this.#rows.get('run');
    if (text === undefined) return undefined;
    const { facts, ...hidden } = JSON.parse(text) as HiddenFacts & { facts: string }; // what `write` wrote
    return { ...(decode(facts) as RunFacts), ...hidden };
  }

  /** An owner's name stays as it is: it is compared, and told nobody. */
  write({ owner, revived, ...facts }: KnownFacts): void {
    this.#rows.put('run', JSON.stringify({ owner, revived, facts: this.#clean(encode(facts)) }));
  }

  /** With the time at which it was. The messages that each step's model call was given are left out: they repeat the whole history. */
  append(event: AgentEvent, atMs: number): void {
    this.#last = this.last + 1;
    this.#rows.put(numberedKey(PREFIX, this.#last), `${atMs} ${this.textOf(event)}`);
  }

  /** The event as it is written. */
  textOf(event: AgentEvent): string {
    return this.#clean(encode(succinctEvent(event)));
  }

  /** The events so far, as they are written. */
  *events(): Generator<{ event: AgentEvent; json: string }> {
    for (let batch = this.after(0); batch.length > 0; batch = this.after(batch.at(-1)?.number ?? 0))
      for (const { json } of batch) yield { event: decode(json) as AgentEvent, json };
  }

  /** Number of the newest event; 0 before the first. */
  get last(): number {
    this.#last ??= numberOf(this.#rows.last(PREFIX) ?? '');
    return this.#last;
  }

  /** The next events after that number, as JSON; none where there is none. */
  after(number: number): WrittenEvent[] {
    return this.#rows.list(PREFIX, numberedKey(PREFIX, number), BATCH, BATCH_CHARACTERS).map(([key, text]) => {
      const space = text.indexOf(' ');
      return { number: numberOf(key), atMs: Number(text.slice(0, space)), json: text.slice(space + 1) };
    });
  }
}

function numberOf(key: string): number {
  return Number(key.slice(PREFIX.length));
}
