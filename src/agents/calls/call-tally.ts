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

/** Calls that are alike and run. */
interface UnderWay {
  running: number;
  /** Called when one of them has ended. */
  onEnd: (() => void)[];
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
  readonly #seen = new Map<string, Seen>();
  readonly #underWay = new Map<string, UnderWay>();
  #step: { number: number; calls: Map<string, TalliedCall>; results: string[] } | undefined;
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
    const { name } = call;
    const key = this.#keyOf(call);
    if (name === FINAL_ANSWER) this.#answering = call;
    return this.#mustWait(name, key) ? this.#wait(name, key, number, signal) : this.#begin(name, key, number);
  }

  /** Counts the last call of `final_answer` as one that failed: a check refused what it gave. */
  answerRefused(why: string, number: number): void {
    if (this.#answering) this.know(this.#answering, why, number);
  }

  #mustWait(name: string, key: string): boolean {
    const running = this.#underWay.get(key)?.running ?? 0;
    return running > 0 && this.#countOf(key) + running >= this.#limit && !this.#exempt.has(name);
  }

  async #wait(name: string, key: string, number: number, signal: AbortSignal): Promise<CallTurn> {
    while (this.#mustWait(name, key)) {
      await new Promise<void>((resolve) => {
        this.#underWay.get(key)?.onEnd.push(resolve);
      });
    }
    signal.throwIfAborted();
    return this.#begin(name, key, number);
  }

  #begin(name: string, key: string, number: number): CallTurn {
    if (this.#countOf(key) >= this.#limit && !this.#exempt.has(name)) this.#refuse(name);
    const alike = this.#underWay.get(key) ?? { running: 0, onEnd: [] };
    this.#underWay.set(key, alike);
    alike.running += 1;
    return {
      end: (outcome) => {
        alike.running -= 1;
        if (alike.running === 0) this.#underWay.delete(key);
        if (outcome !== undefined) this.#count(name, key, outcome, number);
        for (const wake of alike.onEnd.splice(0)) wake();
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
    this.#count(call.name, this.#keyOf(call), outcome, number);
  }

  callsOf(number: number): readonly TalliedCall[] {
    return this.#step?.number === number ? [...this.#step.calls.values()] : [];
  }

  /** All that was asked and given in a step, as one text; the same in whatever order results came. */
  resultsOf(number: number): string {
    return this.#step?.number === number ? this.#step.results.toSorted().join('\n') : '';
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

  #countOf(key: string): number {
    return this.#seen.get(key)?.count ?? 0;
  }

  #count(name: string, key: string, outcome: string, number: number): void {
    const before = this.#seen.get(key);
    const seen =
      before?.outcome === outcome ? { ...before, count: before.count + 1 } : { outcome, count: 1, step: number };
    this.#seen.set(key, seen);
    if (this.#step?.number !== number) this.#step = { number, calls: new Map(), results: [] };
    this.#step.calls.set(key, { name, key, seen });
    this.#step.results.push(`${key} ${outcome}`);
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
