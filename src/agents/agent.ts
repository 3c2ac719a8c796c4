import type { Memory } from '../memory/memory';
import type { ActionStep, ErrorRecord, MemoryStep, PlanningStep, Timing, ToolResult } from '../memory/step';
import type { ImagePart, TokenUsage, ToolCall } from '../models/model';
import type { Clock } from '../web/clock';
import type { Fetch } from '../web/fetch';
import type { Ids } from '../web/ids';
import type { HumanAnswers, WaitingCall } from './calls/human';
import type { Budget, BudgetLimit, Spent, TokenMeter } from './runs/budget';
import type { Watcher } from './scope';

/**
 * What happens in a run, in order. `path` names the agents from the outermost in, `step` is the number of the step
 * under way. A managed agent's events come in its caller's stream; their `runId` is the caller's with the id of the
 * call that started it, so that two at once can be told apart. It has no `run-start` and `run-end` there: the
 * `tool-call` that started it and its `tool-result` are these.
 */
export type AgentEvent = { path: readonly string[]; runId: string } & (
  | { type: 'step'; step: ActionStep }
  | ({ step?: number } & StepEvent)
);

type StepEvent =
  | { type: 'run-start'; task: string }
  | { type: 'plan'; plan: PlanningStep }
  | { type: 'text'; text: string }
  | { type: 'reasoning'; text: string }
  | { type: 'retry'; attempt: number; reason: string; delayMs: number }
  | { type: 'tool-call'; call: ToolCall }
  | { type: 'tool-result'; call: ToolCall; result: ToolResult }
  | { type: 'code-output'; logs: string; output?: unknown; answer?: { value: unknown }; error?: ErrorRecord }
  /** Nothing is left to do but these; the run ends, and `resume` goes on with it. A managed agent tells its own before. */
  | { type: 'waiting'; calls: readonly WaitingCall[] }
  | { type: 'final-answer'; output: unknown }
  | { type: 'run-end'; state: RunState; error?: ErrorRecord };

export type RunState = 'success' | 'max_steps_error' | 'error' | 'interrupted' | 'budget' | 'waiting';

/** What a run came to, whole also when it failed (then it is `AgentError.result`). */
export interface RunResult<Output = unknown> {
  output: Output | undefined;
  state: RunState;
  runId: string;
  memory: Memory;
  /** Same as `memory.steps`. */
  steps: readonly MemoryStep[];
  /** All steps with plans and last word, one that waits as well, without managed agents. */
  usage: TokenUsage;
  /** The same with managed agents at every depth. */
  inclusiveUsage: TokenUsage;
  /** False when some reply carried no usage: the sums are then too low. */
  usageComplete: boolean;
  /** What the run spent, agents below it included. */
  spent: Spent;
  /** The part of the budget that ended the run; there when `state` is `budget`. */
  exhausted?: BudgetLimit;
  timing: Timing;
  error?: ErrorRecord;
  /** What a run that ended as `waiting` waits for; else empty. */
  waiting: readonly WaitingCall[];
  /** Another task on the same memory, variables and state. */
  continue(task: string, options?: RunOptions): Promise<RunResult<Output>>;
  /**
   * A new run from the state before a step of this one, which stays as it was. Rejects with an
   * `AgentConfigurationError`, when it is read or awaited, for a step or a call that was not made.
   */
  fork(step: number, edits?: ForkEdits, options?: ForkOptions): AgentRun<Output>;
  /** The run as JSON values, a file of kind `run/1`, for `agent.resume`, also in another process. */
  save(): Promise<Record<string, unknown>>;
}

/** What a branch has in place of what was: of `reply`, `code`, `results` and `managed` at most one. */
export interface ForkEdits {
  task?: string;
  /** What the model said in this step: its text, or text and tool calls. It is not asked. */
  reply?:
    | string
    | { content?: string | null; toolCalls?: readonly { id?: string; name: string; arguments: unknown }[] };
  /** Of a code agent: runs in place of the step's code, or where it had none; its calls are made anew. */
  code?: string;
  /** By number of a step before: what the model reads of it in place of what was said and seen there. Nothing is done again. */
  earlier?: Readonly<Record<number, { said?: string; seen?: string }>>;
  /** By id of a call of this step. The other calls give what they gave and do not run again. */
  results?: Readonly<Record<string, unknown>>;
  /**
   * By id of a managed agent's call of this step: that agent goes on from before a step of its own, with edits of its own, and
   * reports anew. The other calls give what they gave.
   */
  managed?: Readonly<Record<string, ForkEdits & { step: number }>>;
}

/** How a saved run goes on: from before a step, with edits; with another task on its memory; or by what humans say. */
export type Branch =
  | (ForkEdits & { step: number; additionalArgs?: undefined; answers?: undefined })
  | (NoEdits & { task: string; additionalArgs?: RunOptions['additionalArgs']; answers?: undefined })
  | (NoEdits & { answers: HumanAnswers; task?: undefined; additionalArgs?: undefined });

type NoEdits = { step?: undefined } & { [edit in Exclude<keyof ForkEdits, 'task'>]?: undefined };

/** What a run that goes on can be given anew; task, pictures and `additionalArgs` are its own, `maxSteps` where not given. */
export type GoOnOptions = Pick<
  RunOptions,
  'signal' | 'maxSteps' | 'budget' | 'meter' | 'telemetry' | 'clock' | 'ids' | 'fetch' | 'log'
>;

export interface ForkOptions extends GoOnOptions {
  /**
   * Whether a human is asked, as by `needsApproval`, before the branch calls tools that the run before had called from that
   * step on: what has effects outside is not done twice unseen. Tools that are `idempotent` are not asked about.
   */
  askAgain?: boolean;
}

export interface ResumeOptions extends GoOnOptions {
  /** By `callId` of the waiting calls. Calls without an answer wait again. */
  answers?: HumanAnswers;
}

/**
 * One entry of a run's log: JSON values, but for `snapshot`, which is bytes (gzip). `docs/forks-and-approvals.md` says
 * what they hold; `agent.resume` takes them back, the bytes also as an ArrayBuffer or base64.
 */
export type LogRecord = Readonly<Record<string, unknown>> & {
  readonly type: string;
  readonly snapshot?: Uint8Array<ArrayBuffer> | 'lost';
};

export interface RunOptions {
  signal?: AbortSignal;
  /** Before the agent's own limit; 0 asks for the last word at once. */
  maxSteps?: number;
  /** Given with the task: `data:` or `https:` addresses, or Blobs. */
  images?: readonly (string | Blob | ImagePart)[];
  /** State of the run, variables of the code; told in the task. */
  additionalArgs?: Readonly<Record<string, unknown>>;
  /** False goes on from the run of this agent that ended last. */
  reset?: boolean;
  /** Goes on from this memory; the stateless way of `reset: false`. */
  memory?: Memory;
  /** What this run may spend, with all agents below it; in place of the agent's own, as a whole. */
  budget?: Budget;
  /** Counts the tokens of this run's model calls and of all agents below it, with those of other runs. */
  meter?: TokenMeter;
  /** `run` then resolves to the `RunResult`. */
  returnFullResult?: boolean;
  /**
   * Given each entry of the run's log, one at a time; what the entry tells of is done only after. A failure ends the
   * run. `agent.resume` goes on from any beginning of what it was given.
   */
  log?: (entry: LogRecord) => void | Promise<void>;
  /** Who watches this run, in place of those that watch all runs; false for nobody. */
  telemetry?: Watcher | false;
  clock?: Clock;
  ids?: Ids;
  fetch?: Fetch;
}

/** A run under way: read its events, or await its result, or both. Starts when first read or awaited. */
export interface AgentRun<Output = unknown> extends AsyncIterable<AgentEvent>, AsyncDisposable {
  readonly result: Promise<RunResult<Output>>;
  /** Ends the run as `interrupted`; the reason is kept in the error. */
  abort(reason?: unknown): void;
  /** As `RunResult.fork`, once the run has ended. */
  fork(step: number, edits?: ForkEdits, options?: ForkOptions): AgentRun<Output>;
}
