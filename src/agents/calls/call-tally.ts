import { AgentError, AgentToolExecutionError } from '../../errors';
import { toJson } from '../../executors/codec';
import type { ToolCall } from '../../models/model';
import { readArguments } from '../../tools/arguments';
import type { AnyTool, ToolInputs } from '../../tools/tool';
import { isRecord } from '../../web/record';
import { DELEGATE_INPUTS } from './delegate-inputs';

const FINAL_ANSWER = 'final_answer';

/** Of the agent's settings. */
interface TallySettings {
  repeatLimit: number;
  tools: readonly Pick<AnyTool, 'name' | 'inputs' | 'repeatable'>[];
  managedAgents: readonly { readonly name: string | undefined }[];
}

/** What calls with the same name and arguments came to. */
export interface Seen {
  /** The last result, as text. */
  outcome: string;
  /** How often in a row it was this one. */
  count: number;
  /** The step in which it was first so. */
  step: number;
}

/** A call that a step made; of those that are alike, the last. */
export interface TalliedCall {
  name: string;
  key: string;
  seen: Seen;
}

/** All calls that are alike: what they came to, as far as one did, and how many of them run. */
interface Alike {
  name: string;
  key: string;
  seen: Seen | undefined;
  running: number;
  /** Called when one of them has ended; absent while nobody waits. */
  onEnd: (() => void)[] | undefined;
}

/** A call that may run. */
export interface CallTurn {
  /** To be called once, with the result as text; with nothing where there is none yet. */
  end(outcome?: string): void;
}

/**
 * Counts the calls of a run, those that its code makes included, and lets one with the same result run `repeatLimit` times
 * at most; of `final_answer` the failures. Tools marked `repeatable` are counted and never refused.
 */
export class CallTally {
  /** The error that ends the run: a call beyond the limit was tried. */
  exceeded: AgentError | undefined;
  readonly #settings: TallySettings;
  readonly #limit: number;
  readonly #exempt: ReadonlySet<string>;
  readonly #alike = new Map<string, Alike>();
  #step: { number: number; results: { of: Alike; outcome: string }[] } | undefined;
  /** The call that gave an answer, which is yet to be checked. */
  #answering: ToolCall | undefined;

  constructor(settings: TallySettings) {
    this.#settings = settings;
    this.#limit = settings.repeatLimit;
    this.#exempt = new Set(settings.tools.filter((tool) => tool.repeatable).map(({ name }) => name));
  }

  isExempt(name: string): boolean {
    return this.#exempt.has(name);
  }

  /**
   * Lets a call run. As many that are alike as may give the same result run at once; the next ones wait until it is known
   * what those gave. Throws an `AgentToolExecutionError` beyond the limit, the signal's reason after an abort. No promise where
   * the call need not wait, as most need not.
   */
  enter(call: ToolCall, number: number, signal: AbortSignal): CallTurn | Promise<CallTurn> {
    if (call.name === FINAL_ANSWER) this.#answering = call;
    const alike = this.#alikeTo(call);
    return this.#mustWait(alike) ? this.#wait(alike, number, signal) : this.#begin(alike, number);
  }

  /** Counts the last call of `final_answer` as one that failed: a check refused what it gave. */
  answerRefused(why: string, number: number): void {
    if (this.#answering) this.know(this.#answering, why, number);
  }

  #alikeTo(call: ToolCall): Alike {
    const key = this.#keyOf(call);
    const known = this.#alike.get(key);
    if (known) return known;
    const alike = { name: call.name, key, seen: undefined, running: 0, onEnd: undefined };
    this.#alike.set(key, alike);
    return alike;
  }

  #mustWait({ name, seen, running }: Alike): boolean {
    return running > 0 && (seen?.count ?? 0) + running >= this.#limit && !this.#exempt.has(name);
  }

  async #wait(alike: Alike, number: number, signal: AbortSignal): Promise<CallTurn> {
    while (this.#mustWait(alike)) {
      await new Promise<void>((resolve) => {
        alike.onEnd ??= [];
        alike.onEnd.push(resolve);
      });
    }
    signal.throwIfAborted();
    return this.#begin(alike, number);
  }

  #begin(alike: Alike, number: number): CallTurn {
    if ((alike.seen?.count ?? 0) >= this.#limit && !this.#exempt.has(alike.name)) this.#refuse(alike.name);
    alike.running += 1;
    return {
      end: (outcome) => {
        alike.running -= 1;
        if (outcome !== undefined) this.#count(alike, outcome, number);
        const waiting = alike.onEnd ?? [];
        alike.onEnd = undefined;
        for (const wake of waiting) wake();
      },
    };
  }

  /** A call whose result is known already: it does not run. */
  told(call: ToolCall, number: number): CallTurn {
    if (call.name === FINAL_ANSWER) this.#answering = call;
    return {
      end: (outcome) => {
        if (outcome !== undefined) this.know(call, outcome, number);
      },
    };
  }

  /** Counts a call whose result is known from an earlier run. */
  know(call: ToolCall, outcome: string, number: number): void {
    this.#count(this.#alikeTo(call), outcome, number);
  }

  callsOf(number: number): readonly TalliedCall[] {
    const made = new Set(this.#resultsOf(number).map(({ of }) => of));
    return [...made].flatMap(({ name, key, seen }) => (seen ? { name, key, seen } : []));
  }

  /** All that was asked and given in a step, as one text; the same in whatever order results came. */
  resultsOf(number: number): string {
    const results = this.#resultsOf(number).map(({ of, outcome }) => `${of.key} ${outcome}`);
    return results.sort().join('\n');
  }

  #resultsOf(number: number) {
    return this.#step?.number === number ? this.#step.results : [];
  }

  /** One key for all ways to write a call: a bare value for the only input, nothing for an input that may be left out. */
  #keyOf({ name, arguments: args }: ToolCall): string {
    const isWritten = isRecord(args) && !Object.values(args).some(isNothing);
    const inputs = isWritten ? undefined : this.#inputsOf(name);
    return callKeyOf(name, inputs ? meantArguments(name, inputs, args) : args);
  }

  #inputsOf(name: string): ToolInputs | undefined {
    const { tools, managedAgents } = this.#settings;
    if (managedAgents.some((member) => member.name === name)) return DELEGATE_INPUTS;
    return tools.find((tool) => tool.name === name)?.inputs;
  }

  #count(alike: Alike, outcome: string, number: number): void {
    const before = alike.seen;
    alike.seen =
      before?.outcome === outcome
        ? { outcome, count: before.count + 1, step: before.step }
        : { outcome, count: 1, step: number };
    if (this.#step?.number !== number) this.#step = { number, results: [] };
    this.#step.results.push({ of: alike, outcome });
  }

  #refuse(name: string): never {
    this.exceeded ??= repeatError(`this call of ${name}`, this.#limit);
    throw new AgentToolExecutionError(
      `${name} was not run again: this call gave the same result ${this.#limit} times, the limit of repeats.`,
    );
  }
}

/** The error of a run that did the same too often. */
export function repeatError(what: string, count: number): AgentError {
  return new AgentError(`${what} gave the same result ${count} times, the limit of repeats: the run was ended`, {
    kind: 'repeat_limit',
  });
}

/** The same for the same arguments, in whatever order their keys are. */
export function callKeyOf(name: string, args: unknown): string {
  if (isRecord(args) && Object.values(args).every(isPlain)) {
    const keys = Object.keys(args);
    const isSorted = keys.every((key, index) => index === 0 || (keys[index - 1] ?? '') <= key);
    return `${name} ${isSorted ? JSON.stringify(args) : JSON.stringify(args, keys.sort())}`; // a list of keys is dear
  }
  return `${name} ${JSON.stringify(toJson(args), (_, value: unknown) => (isRecord(value) ? inOrder(value) : value))}`;
}

/** The arguments as a tool with these inputs reads them; as they are where it would not take them. */
function meantArguments(name: string, inputs: ToolInputs, args: unknown): unknown {
  let named: Record<string, unknown>;
  try {
    named = readArguments({ name, description: '', inputs }, args);
  } catch {
    return args; // told when the call is made
  }
  const isLeftOut = (key: string) =>
    named[key] === undefined || (named[key] === null && Object.hasOwn(inputs, key) && inputs[key]?.nullable === true);
  return Object.fromEntries(Object.entries(named).filter(([key]) => !isLeftOut(key)));
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null;
}

/** Whether JSON says the value as it is; most arguments are no more than such values. */
function isPlain(value: unknown): boolean {
  if (Object.is(value, -0)) return false;
  return typeof value === 'string' || typeof value === 'boolean' || Number.isSafeInteger(value);
}

function inOrder(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
