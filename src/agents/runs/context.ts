import { AgentError } from '../../errors';
import { thrownWords } from '../../executors/thrown';
import type { Memory } from '../../memory/memory';
import type { MemoryWords } from '../../memory/messages';
import type { ActionStep, ErrorRecord } from '../../memory/step';
import type { ToldSteps } from '../../memory/told-steps';
import type { TokenUsage } from '../../models/model';
import type { KnownAddresses } from '../../tools/tool';
import type { Clock } from '../../web/clock';
import type { Fetch } from '../../web/fetch';
import type { Ids } from '../../web/ids';
import type { AddressBook } from '../calls/address-book';
import type { CallTally } from '../calls/call-tally';
import type { Delegations } from '../calls/delegations';
import type { RunLog } from '../saved/log-entry';
import type { LostStep, StepUnderWay } from '../saved/point';
import type { Scope } from '../scope';
import { BudgetSpent, type Spending, UncountedCost } from './budget';
import type { Waits } from './waits';

/** Everything a run needs from outside, passed by hand from the public door to each tool. */
export interface Surroundings {
  signal: AbortSignal;
  scope: Scope;
  clock: Clock;
  ids: Ids;
  fetch: Fetch;
  /** What the run that calls knows; absent for an outermost run, whose task is a user's. */
  addresses?: KnownAddresses;
  /** What the run has spent, and may. */
  spending: Spending;
}

/** One run as the loop sees it. */
export interface RunContext extends Surroundings {
  runId: string;
  addresses: AddressBook;
  /** Names of the agents from the outermost in. */
  path: readonly string[];
  task: string;
  maxSteps: number;
  memory: Memory;
  /** Values by name that tool calls can refer to; variables of the code. */
  state: Map<string, unknown>;
  /** Names of those that the log has told of. */
  loggedNames: Set<string>;
  /** Those of them that the code does not know yet. */
  newVariables: Readonly<Record<string, unknown>>;
  toldSteps: ToldSteps;
  words: MemoryWords;
  /** Whether anybody can read the events. Those of a step, which cross many generators, are made only where somebody can. */
  isRead: boolean;
  log: RunLog;
  /** Names of tools that a human is asked about although they do not need it: they may do something a second time. */
  askAbout: ReadonlySet<string>;
  /** Are run again before anything else, for their variables. */
  lostSteps: readonly LostStep[];
  /** What is known of the step that the run goes on with, and its number. */
  underWay: (StepUnderWay & { number: number }) | undefined;
  /** A step that waits for a human: no part of memory yet, but its reply is paid for. */
  waitingStep: ActionStep | undefined;
  /** Counts what a model call of this run or of a managed agent below it cost, as soon as it is known. */
  spend(usage: TokenUsage, modelId: string): void;
  delegations: Delegations;
  waits: Waits;
  /** What the run called and what came of it. */
  calls: CallTally;
  /** Ends this run as interrupted. */
  abort(reason?: unknown): void;
}

/** The error of a run that was aborted, by its caller or for its budget; holds the reason. */
export function abortError(reason: unknown): AgentError {
  if (reason instanceof BudgetSpent) return new AgentError(reason.message, { kind: 'budget', cause: reason });
  if (reason instanceof UncountedCost) return new AgentError(reason.message, { cause: reason.cause });
  const why = thrownWords(reason ?? 'no reason given').message;
  return new AgentError(`The run was interrupted: ${why}`, { kind: 'aborted', cause: reason });
}

/** An error as plain data, for memory and events. */
export function errorRecord(error: AgentError): ErrorRecord {
  const record: ErrorRecord = { type: error.name, code: error.code, message: error.message };
  if (error.kind) record.kind = error.kind;
  return record;
}

/** What someone else's exception says, without its stack. */
export function describeError(error: unknown): string {
  const { name, message } = thrownWords(error);
  return name === undefined ? message : `${name}: ${message}`;
}
