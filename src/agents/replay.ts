import { encode } from '../executors/codec';
import type { ToolCall } from '../models/model';
import type { ModelUsage } from './runs/budget';
import { errorLike } from './runs/error-like';
import type { CallOutcome } from './saved/log-entry';
import type { CallRecord, StepUnderWay } from './saved/point';

/** The step did something else than the log says it did. */
export class Departure extends Error {
  override readonly name = 'Departure';
}

/** What is known of the calls of a step that is gone on with. Each record answers one call. */
export class Replay {
  readonly records: readonly CallRecord[];
  readonly #left: CallRecord[];
  /** Outcomes that the code must get first, so that it does what it did. */
  readonly #undelivered: CallRecord[];
  readonly #strict: boolean;

  constructor(step: StepUnderWay | undefined) {
    const records = step?.records ?? [];
    this.records = records;
    this.#strict = !step?.reply.edited;
    this.#left = records.filter(({ isInSnapshot }) => !isInSnapshot);
    this.#undelivered = this.#left.filter(({ outcome }) => outcome).sort((a, b) => a.rank - b.rank);
  }

  /** The record of a call that the model made. */
  byId(id: string): CallRecord | undefined {
    return this.#take(this.#left.find(({ call }) => call.id === id));
  }

  /** The call by its id where a human was asked about it: what was shown stands, whatever chance gives the code a second time. */
  shown(id: string): ToolCall | undefined {
    if (!this.#strict) return undefined;
    return this.records.find(({ call, waiting }) => call.id === id && waiting)?.call;
  }

  /**
   * The record of a call that code makes: by its name and arguments, since ids follow the order of calls, which may
   * differ. Throws a `Departure` where there is none although calls are known that the code has not made.
   */
  byDeed({ id, name, arguments: args }: ToolCall): CallRecord | undefined {
    if (this.#left.length === 0) return undefined;
    const deed = deedOf(name, args);
    const alike = this.#left.filter(({ call }) => deedOf(call.name, call.arguments) === deed);
    const found = this.#take(alike.find(({ call }) => call.id === id) ?? alike[0]);
    if (!found && this.#strict) throw new Departure(`${name} was called with other arguments, or was not called`);
    return found;
  }

  /** Whether all outcomes that came before this one are delivered. */
  isNext(record: CallRecord): boolean {
    return this.#undelivered[0] === record;
  }

  delivered(record: CallRecord): void {
    const index = this.#undelivered.indexOf(record);
    if (index >= 0) this.#undelivered.splice(index, 1);
  }

  /** Throws a `Departure` where the code has come as far as it can and has not made all known calls. */
  checkAllMade(): void {
    const [missing] = this.#left.filter(({ call }) => call.name !== 'final_answer');
    if (missing && this.#strict) throw new Departure(`${missing.call.name} was not called`);
  }

  #take(record: CallRecord | undefined): CallRecord | undefined {
    if (record) this.#left.splice(this.#left.indexOf(record), 1);
    return record;
  }
}

/** What managed agents spent in these calls, by model; where a log of before says no model, that of their manager. */
export function managedReplies(records: readonly CallRecord[], modelId: string): readonly ModelUsage[] {
  return records.flatMap(
    ({ managedSpent, managedUsage: usage }) => managedSpent?.models ?? (usage ? [{ modelId, usage }] : []),
  );
}

/** What a call that is done gave. Throws what it failed with, as far as it was told. */
export function outputOf(outcome: CallOutcome): unknown {
  if ('output' in outcome) return outcome.output;
  const { name, message, code, kind } = outcome.error;
  const cause = Object.assign(new Error(message), name === undefined ? {} : { name });
  throw code === undefined ? cause : errorLike({ code, message, kind }, { cause });
}

/** The same for the same call. */
export function deedOf(name: string, args: unknown): string {
  return `${name} ${encode(args)}`;
}
