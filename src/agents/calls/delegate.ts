import type { TokenUsage } from '../../models/model';
import type { AgentEvent, ForkEdits } from '../agent';
import type { Surroundings } from '../runs/context';
import type { LogEntry, PastRun, RunLog } from '../saved/log-entry';

/** What another agent may call. Agents are, when they have a name and a description; `ManagedAgent` gives them one. */
export interface Delegate {
  readonly name: string | undefined;
  readonly description: string | undefined;
  /** Whether it goes on with a run whose entries `DelegateCall.log` holds. Else a call that was cut off is told as such. */
  readonly resumable?: boolean;
  /**
   * Throws an `AgentConfigurationError` where it cannot go on with the run that these entries hold `within` those calls: asked
   * before anything of a run that is resumed is done.
   */
  checkSaved?(entries: readonly LogEntry[], within: readonly string[]): Promise<void>;
  /**
   * The log of a branch of a run of its own, whose entries are `within` nothing. Absent where it cannot be made. Throws an
   * `AgentConfigurationError` as `Agent.fork` does.
   */
  branchSaved?(past: PastRun, step: number, edits: ForkEdits): Promise<readonly LogEntry[]>;
  /** Works on a task in a run of its own. Throws what that run failed with. */
  delegate(call: DelegateCall, surroundings: Surroundings): Promise<DelegateReport>;
}

export interface DelegateCall {
  task: string;
  additionalArgs: Readonly<Record<string, unknown>> | undefined;
  /** Id of the run to start: it stands in each of its events. */
  runId: string;
  /** Path of the agent that calls. */
  path: readonly string[];
  /** Where the run writes what it does, and what it wrote before it was cut off; for agents of this SDK. */
  log: RunLog;
  /** Told of what each model call cost, when its reply is there: the caller counts it also when this run is cut short. */
  spend(usage: TokenUsage, modelId: string): void;
  /** Takes the events of the run, for the caller's stream. */
  emit(event: AgentEvent): void;
}

export interface DelegateReport {
  /** What the calling agent reads. */
  text: string;
}
