import type { AgentEvent, RunState } from '../agents/agent';
import { decode, encode } from '../executors/codec';
import type { ErrorRecord } from '../memory/step';
import type { TokenUsage } from '../models/model';
import type { Rows } from './rows';
import type { Clean } from './secrets';

/** What `GET /runs/:id` tells, and whose run it is. Times are milliseconds since the epoch. */
export interface RunFacts {
  runId: string;
  agent: string;
  task: string;
  state: RunState | 'running';
  /** Action steps that have ended, without those of managed agents. */
  steps: number;
  startedMs: number;
  endedMs?: number;
  output?: unknown;
  /** Of the steps that have ended, managed agents included. */
  usage: TokenUsage;
  traceId?: string;
  error?: ErrorRecord;
}

/** Facts that visitors are not told. */
export interface HiddenFacts {
  owner: string;
  counted: string;
}

const PREFIX = 'event ';
const DIGITS = 10; // so that keys are in the order of their numbers

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
  read(): (RunFacts & HiddenFacts) | undefined {
    const text = this.#rows.get('run');
    return text === undefined ? undefined : (decode(text) as RunFacts & HiddenFacts); // what `write` wrote
  }

  write(facts: RunFacts & HiddenFacts): void {
    this.#rows.put('run', this.#clean(encode(facts)));
  }

  /** The messages that each step's model call was given are left out: they repeat the whole history. */
  append(event: AgentEvent): void {
    this.#last = this.last + 1;
    this.#rows.put(keyOf(this.#last), this.#clean(encode(withoutMessages(event))));
  }

  /** Number of the newest event; 0 before the first. */
  get last(): number {
    this.#last ??= numberOf(this.#rows.last(PREFIX) ?? '');
    return this.#last;
  }

  /** The events after that number, as JSON. */
  after(number: number, most: number): { number: number; json: string }[] {
    return this.#rows.list(PREFIX, keyOf(number), most).map(([key, json]) => ({ number: numberOf(key), json }));
  }
}

function keyOf(number: number): string {
  return PREFIX + String(number).padStart(DIGITS, '0');
}

function numberOf(key: string): number {
  return Number(key.slice(PREFIX.length));
}

function withoutMessages(event: AgentEvent): unknown {
  if (event.type === 'step') {
    const { inputMessages: _, ...step } = event.step;
    return { ...event, step };
  }
  if (event.type === 'plan') {
    const { inputMessages: _, ...plan } = event.plan;
    return { ...event, plan };
  }
  return event;
}
