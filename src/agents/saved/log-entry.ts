import type { ErrorCode, ErrorKind } from '../../errors';
import type { Memory } from '../../memory/memory';
import type { ActionStep, ErrorRecord, PlanningStep } from '../../memory/step';
import type { ModelReply, TokenUsage, ToolCall } from '../../models/model';
import type { RunState } from '../agent';
import type { HumanAnswers, WaitingCall } from '../calls/human';
import type { ManagedSpent, SavedBudget } from '../runs/budget';

/**
 * What a run writes down before it acts on it, in order; a run can be rebuilt from any beginning of that list, and a
 * fork, a run that waited and one that was killed all go on from such a list. `within` are the ids of the calls that
 * lead to a managed agent's run, empty for the run itself.
 */
export type LogEntry = { within: readonly string[] } & LogFact;

export type LogFact =
  | ({ type: 'begin' } & Beginning)
  /** The plan made before step `number`. */
  | ({ type: 'plan'; number: number; step: PlanningStep } & Estimate)
  | ReplyFact
  /** A call is about to run. */
  | { type: 'call'; number: number; call: ToolCall }
  | ResultFact
  /** Only these calls are left of the step; `held` are those of the run itself. The sandbox in the middle of the step. */
  | {
      type: 'waiting';
      number: number;
      calls: readonly WaitingCall[];
      held: readonly ToolCall[];
      elapsedMs?: number;
      snapshot?: Snapshot;
    }
  /** What humans said, before the run goes on by it. */
  | { type: 'answers'; answers: HumanAnswers }
  | ({ type: 'limits' } & NewLimits)
  | StepFact
  /**
   * Of a managed agent that runs in a worker: the id of its run there, and the number of the last event that was taken from it;
   * without them, it is about to be begun.
   */
  | { type: 'remote'; runId?: string; lastEvent?: number }
  | { type: 'end'; state: RunState; error?: ErrorRecord };

/** What a run that goes on was given anew; the rest stays as it was. */
export type NewLimits = Pick<Beginning, 'maxSteps' | 'budget'>;

/** Tokens of the run's own model calls so far that no reply told of; not there where there are none. */
interface Estimate {
  estimatedTokens?: number;
}

/** What the model said in a step, and how it was read. */
export interface ReplyFact extends Estimate {
  type: 'reply';
  number: number;
  reply: ModelReply;
  /** Empty where nothing could be read; of a code agent one call with the code. */
  calls: readonly ToolCall[];
  /** Written by a fork: what the step does may then differ from what is known of its calls. */
  edited?: true;
}

/** What a call came to. */
export interface ResultFact {
  type: 'result';
  number: number;
  call: ToolCall;
  outcome: CallOutcome;
  managedUsage?: TokenUsage;
  managedSpent?: ManagedSpent;
  /** Addresses that searches of the step had found by then and no earlier result of it tells. */
  found?: readonly string[];
}

/** A finished step, with what changed by it. */
export interface StepFact extends Estimate {
  type: 'step';
  number: number;
  step: ActionStep;
  /** What a fork has the model read in place of these. */
  edited?: Partial<Pick<ActionStep, 'text' | 'observations' | 'toolResults'>>;
  /** How long the run has worked, before it was resumed as well. */
  elapsedMs?: number;
  /** Pictures and sounds that entered the run's state, by name. */
  added?: Readonly<Record<string, unknown>>;
  /** The sandbox after the step, where code ran in it; `lost` where it could not be taken, or is no longer kept. */
  snapshot?: Snapshot | 'lost';
}

/** A file of kind `run/1` that tells what happened by its events, and has no log: a recording, or what a viewer saved. */
export interface RecordedRun {
  readonly [key: string]: unknown;
  readonly events: readonly unknown[];
}

/** What a branch is made of. */
export interface PastRun {
  /** Its log, `within` nothing. */
  entries: readonly LogEntry[];
  /** Where that was read from it: it tells what managed agents did. */
  recording?: RecordedRun | undefined;
}

/** The log of one run, and of the managed agents below it. */
export interface RunLog {
  readonly within: readonly string[];
  /** All that is kept, of every run of the tree. */
  readonly entries: readonly LogEntry[];
  /** With what managed agents did whose calls are done, each before its result. */
  readonly whole: readonly LogEntry[];
  /** The log of the run that this call of a managed agent is. */
  below(callId: string): RunLog;
  /** Resolves when the entry is written; what it tells of may be done then. Rejects when it cannot be. No promise where it is only kept. */
  write(fact: LogFact): Promise<void> | undefined;
}

/** What a run begins with. */
export interface Beginning {
  runId: string;
  /** Which agent can go on with it. */
  agent: AgentShape;
  task: string;
  additionalArgs?: Readonly<Record<string, unknown>>;
  /** What `run` was given, where it was. */
  maxSteps?: number;
  /** The same; without its price, which is a function. */
  budget?: SavedBudget;
  /** With the task as its last step. */
  memory: Memory;
  state: ReadonlyMap<string, unknown>;
  /** Names of those values that the sandbox is yet to be told. */
  newNames: readonly string[];
  /** The sandbox that an earlier run left. */
  snapshot?: Snapshot | 'lost';
}

export interface AgentShape {
  class: string;
  tools: readonly string[];
  managedAgents: readonly string[];
}

/** A sandbox's state, compressed meanwhile; never rejects, and gives nothing where that failed. */
export type Snapshot = Promise<Uint8Array<ArrayBuffer> | undefined>;

/** What a call came to. Of an error, what the model or its code is told. */
export type CallOutcome =
  | { output: unknown }
  | { error: { name?: string; message: string; code?: ErrorCode; kind?: ErrorKind } };

/** Whether two entries with these `within` are of one run. */
export function isSameRun(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((id, index) => id === b[index]);
}

/** What `answers` names a call by: the ids that lead to it; a `/` of an id itself is written so that it is none. */
export function callKey(within: readonly string[], id: string): string {
  return [...within, id].map((part) => part.replace(/[%/]/g, encodeURIComponent)).join('/');
}
