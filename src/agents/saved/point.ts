import { AgentConfigurationError } from '../../errors';
import { Memory } from '../../memory/memory';
import type { ActionStep, ErrorRecord } from '../../memory/step';
import type { TokenUsage, ToolCall } from '../../models/model';
import type { RunState } from '../agent';
import type { HumanAnswer, WaitingCall } from '../calls/human';
import type { ManagedSpent } from '../runs/budget';
import {
  type Beginning,
  type CallOutcome,
  callKey,
  isSameRun,
  type LogEntry,
  type ReplyFact,
  type Snapshot,
} from './log-entry';

/** Where a run goes on: the state before a step, and what is known of that step. */
export interface StartingPoint {
  begin: Beginning;
  memory: Memory;
  state: Map<string, unknown>;
  /** Names of values that the sandbox does not know yet. */
  newNames: readonly string[];
  /** The sandbox before the step; absent where no code ran, `lost` where its variables are gone. */
  snapshot: Snapshot | 'lost' | undefined;
  /** The step to begin with. */
  number: number;
  /** Whether the plan before that step is in memory. */
  planned: boolean;
  underWay: StepUnderWay | undefined;
  /** Steps of this run, without those of earlier runs that its memory may hold. */
  finished: readonly ActionStep[];
  /** What those steps called. */
  made: readonly CallsOfStep[];
  /** How long the run had worked, as far as it is written. */
  elapsedMs: number;
  /** Of its own model calls, as far as it is written. */
  estimatedTokens: number;
  /** What the run came to. */
  ended: { state: RunState; error?: ErrorRecord } | undefined;
}

/** Calls of a step, in the order of their results. */
export interface CallsOfStep {
  number: number;
  records: readonly CallRecord[];
}

/** A step whose code ran, and whose variables are in no snapshot. */
export type LostStep = CallsOfStep & { step: ActionStep };

/** A step whose reply is there. */
export interface StepUnderWay {
  reply: ReplyFact;
  /** In the order in which they were made. */
  records: readonly CallRecord[];
  /** The sandbox in the middle of the step, where it was taken, and the calls that its code waits for. */
  midway?: { snapshot: Snapshot; held: readonly ToolCall[] };
  /** Calls that humans were last asked about for it, those of managed agents as well; empty where it did not wait. */
  shown: readonly WaitingCall[];
}

/** What is known of one call. */
export interface CallRecord {
  call: ToolCall;
  /** It was let in: whether it did something is not known where there is no outcome. */
  began: boolean;
  outcome?: CallOutcome;
  /** Place of its outcome among those of the step. */
  rank: number;
  managedUsage?: TokenUsage;
  managedSpent?: ManagedSpent;
  /** As its result tells. */
  found?: readonly string[];
  waiting?: WaitingCall;
  answer?: HumanAnswer;
  /** Its outcome is in the step's snapshot. */
  isInSnapshot: boolean;
}

/** Reads the entries of one run; undefined where it has not begun. Throws an `AgentConfigurationError` for what no run writes. */
export function pointOf(entries: readonly LogEntry[], within: readonly string[]): StartingPoint | undefined {
  let reader: Reader | undefined;
  for (const entry of entries) {
    if (entry.type === 'answers') reader?.answer(entry.answers, within);
    else if (!isSameRun(entry.within, within)) continue;
    else if (entry.type === 'begin') reader = new Reader(entry);
    else if (reader && entry.type !== 'remote') reader.read(entry);
    else refuse(entry, reader ? 'the run is one of an agent that runs here' : 'its beginning is missing');
  }
  return reader?.point();
}

/** All calls that wait for a human and have no answer, at every depth. */
export function waitingCalls(entries: readonly LogEntry[]): WaitingCall[] {
  const begun = entries.flatMap(({ type, within }) => (type === 'begin' ? [within] : []));
  const runs = begun.filter((within, index) => begun.findIndex((other) => isSameRun(other, within)) === index);
  return runs.flatMap((within) => {
    const records = pointOf(entries, within)?.underWay?.records ?? [];
    return records.flatMap(({ waiting, answer, outcome }) => (waiting && !answer && !outcome ? [waiting] : []));
  });
}

type RunFact = Exclude<LogEntry, { type: 'begin' | 'answers' | 'remote' }>;
type StepOf<Type extends RunFact['type']> = Extract<RunFact, { type: Type }>;

/** Takes in one entry after the other. */
class Reader {
  #begin: Beginning;
  readonly #memory: Memory;
  readonly #state: Map<string, unknown>;
  readonly #finished: ActionStep[] = [];
  readonly #made: CallsOfStep[] = [];
  #newNames: readonly string[];
  #snapshot: Snapshot | 'lost' | undefined;
  #number = 1;
  #elapsedMs = 0;
  #estimatedTokens = 0;
  #planned = false;
  #reply: ReplyFact | undefined;
  #records = new Map<string, CallRecord>();
  #midway: StepUnderWay['midway'];
  #shown: readonly WaitingCall[] = [];
  #ended: StartingPoint['ended'];
  #outcomes = 0;

  constructor(begin: Beginning) {
    this.#begin = begin;
    this.#memory = new Memory(begin.memory.systemPrompt, begin.memory.steps);
    this.#state = new Map(begin.state);
    this.#newNames = begin.newNames;
    this.#snapshot = begin.snapshot;
  }

  read(fact: RunFact): void {
    if (fact.type === 'end') {
      this.#ended = { state: fact.state, ...(fact.error && { error: fact.error }) };
      return;
    }
    if (fact.type === 'limits') {
      const { maxSteps = this.#begin.maxSteps, budget = this.#begin.budget } = fact;
      this.#begin = { ...this.#begin, ...(maxSteps !== undefined && { maxSteps }), ...(budget && { budget }) };
      return;
    }
    this.#ended = undefined; // it was gone on with
    if ('estimatedTokens' in fact) this.#estimatedTokens = fact.estimatedTokens ?? 0;
    if (fact.number !== this.#number) refuse(fact, `it is of step ${fact.number}, after step ${this.#number - 1}`);
    if (fact.type === 'plan') this.#plan(fact);
    else if (fact.type === 'reply') this.#replied(fact);
    else if (fact.type === 'call') this.#record(fact, fact.call).began = true;
    else if (fact.type === 'result') this.#result(fact);
    else if (fact.type === 'waiting') this.#waits(fact);
    else this.#finish(fact);
  }

  answer(answers: StepAnswers, within: readonly string[]): void {
    for (const record of this.#records.values()) {
      const answer = Object.entries(answers).find(([key]) => key === callKey(within, record.call.id))?.[1];
      if (answer && record.waiting) record.answer = answer;
    }
  }

  point(): StartingPoint {
    return {
      begin: this.#begin,
      memory: this.#memory,
      state: this.#state,
      newNames: this.#newNames,
      snapshot: this.#snapshot,
      number: this.#number,
      planned: this.#planned,
      underWay: this.#reply && {
        reply: this.#reply,
        records: [...this.#records.values()],
        shown: this.#shown,
        ...(this.#midway && { midway: this.#midway }),
      },
      finished: this.#finished,
      made: this.#made,
      elapsedMs: this.#elapsedMs,
      estimatedTokens: this.#estimatedTokens,
      ended: this.#ended,
    };
  }

  #plan(fact: StepOf<'plan'>): void {
    if (this.#planned || this.#reply) refuse(fact, 'the step has begun');
    this.#memory.append(fact.step);
    this.#planned = true;
  }

  #replied(fact: StepOf<'reply'>): void {
    // a reply that a fork put in is written again as it was read
    if (this.#reply?.calls.length || this.#records.size) refuse(fact, 'the step has a reply');
    this.#reply = fact;
  }

  #result(fact: StepOf<'result'>): void {
    const record = this.#record(fact, fact.call);
    if (record.outcome) refuse(fact, `the call "${fact.call.id}" has a result`);
    record.outcome = fact.outcome;
    record.rank = this.#outcomes++;
    if (fact.managedUsage) record.managedUsage = fact.managedUsage;
    if (fact.managedSpent) record.managedSpent = fact.managedSpent;
    if (fact.found) record.found = fact.found;
  }

  #waits(fact: StepOf<'waiting'>): void {
    if (!this.#reply) refuse(fact, 'the step has no reply');
    this.#elapsedMs = fact.elapsedMs ?? this.#elapsedMs;
    this.#shown = fact.calls;
    for (const call of fact.held) {
      const waiting = fact.calls.find(({ callId }) => callId === callKey(fact.within, call.id));
      if (!waiting) continue;
      const record = this.#record(fact, call);
      record.waiting = waiting;
      delete record.answer; // it was one to other arguments
    }
    if (!fact.snapshot) return;
    this.#midway = { snapshot: fact.snapshot, held: fact.held };
    for (const record of this.#records.values()) record.isInSnapshot = record.outcome !== undefined;
  }

  #finish(fact: StepOf<'step'>): void {
    this.#elapsedMs = fact.elapsedMs ?? this.#elapsedMs;
    this.#memory.append({ ...fact.step, ...fact.edited });
    this.#finished.push(fact.step);
    this.#made.push({ number: fact.number, records: [...this.#records.values()].sort((a, b) => a.rank - b.rank) });
    for (const [name, value] of Object.entries(fact.added ?? {})) this.#state.set(name, value);
    if (fact.snapshot) {
      this.#snapshot = fact.snapshot;
      this.#newNames = [];
    }
    this.#number++;
    this.#planned = false;
    this.#reply = undefined;
    this.#midway = undefined;
    this.#shown = [];
    this.#records = new Map();
    this.#ended = endingOf(fact.step);
  }

  #record(fact: RunFact, call: ToolCall): CallRecord {
    if (!this.#reply) refuse(fact, 'the step has no reply');
    const known = this.#records.get(call.id);
    if (known) return known;
    const record: CallRecord = { call, began: false, rank: 0, isInSnapshot: false };
    this.#records.set(call.id, record);
    return record;
  }
}

/** What a run comes to by this step; undefined where it goes on. */
function endingOf(step: ActionStep): StartingPoint['ended'] {
  if ('finalAnswer' in step) return { state: 'success' };
  if (step.error?.code !== 'max_steps') return undefined;
  return step.output === undefined ? { state: 'error', error: step.error } : { state: 'max_steps_error' };
}

type StepAnswers = Extract<LogEntry, { type: 'answers' }>['answers'];

function refuse({ type, within }: LogEntry, why: string): never {
  const whose = within.length ? ` of the managed agent's run ${within.join('/')}` : '';
  throw new AgentConfigurationError(`The saved run${whose} is not whole: there is an entry "${type}", but ${why}`);
}
