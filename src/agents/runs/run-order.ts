import type { AgentError } from '../../errors';
import { show } from '../../executors/show';
import type { Memory } from '../../memory/memory';
import type { ImagePart, TokenUsage } from '../../models/model';
import type { KeptSandbox } from '../actor';
import type { RunResult } from '../agent';
import type { NewLimits, RunLog } from '../saved/log-entry';
import { type ReadyPoint, VARIABLES_ARE_GONE } from '../saved/run-shape';
import type { RunWork } from '../scope';
import type { AgentSettings } from '../settings';
import type { Budget, Spending, TokenMeter } from './budget';
import type { Surroundings } from './context';

/** What an earlier run left for one that goes on from it. */
export interface Leftover {
  memory: Memory;
  state: ReadonlyMap<string, unknown>;
  /** The sandbox of a code agent. */
  snapshot: Uint8Array | undefined;
  /** Values of the state that the sandbox does not know yet, since no code ran after they were given. */
  newVariables: Readonly<Record<string, unknown>>;
}

/** What a run leaves: the sandbox is fetched when a run goes on from it. */
export interface Left extends Omit<Leftover, 'snapshot'> {
  sandbox: KeptSandbox | undefined;
}

/** Fetches the sandbox; where it was not kept, code that goes on is given the values of the state anew. */
export async function leftoverOf({ sandbox, ...left }: Left): Promise<Leftover> {
  const snapshot = await sandbox?.();
  const isLost = sandbox !== undefined && snapshot === undefined;
  return { ...left, snapshot, ...(isLost && { newVariables: Object.fromEntries(left.state) }) };
}

/** A run to be made; the door has filled in what the caller left out. */
export interface RunOrder extends Omit<Surroundings, 'spending'> {
  task: string;
  runId: string;
  path: readonly string[];
  maxSteps: number | undefined;
  images: readonly ImagePart[];
  additionalArgs: Readonly<Record<string, unknown>> | undefined;
  from: Leftover | undefined;
  /** Where the run goes on, and what it was given anew; `from` is then of no meaning. */
  point: (ReadyPoint & { newLimits?: NewLimits; askAbout?: ReadonlySet<string> | undefined }) | undefined;
  log: RunLog;
  /** Whether anybody can read the events. */
  isRead: boolean;
  /** Said of the run where it is watched. */
  watched: Pick<RunWork['options'], 'stream' | 'reset' | 'returnFullResult'> & Pick<RunWork, 'previousTask'>;
  budget: Budget | undefined;
  /** Absent: that of the run above, if any. */
  meter?: TokenMeter | undefined;
  /** Of the run that this one works for. */
  above: Spending | undefined;
  spend(usage: TokenUsage, modelId: string): void;
  abort(reason?: unknown): void;
}

/** What a run came to, and what a later one can go on from. */
export interface Finished {
  result: Omit<RunResult, 'continue' | 'fork' | 'save'>;
  left: Left;
  failure: AgentError | undefined;
  log: RunLog;
}

/** The task with what comes with it: values by name, and a word on variables that did not survive. */
export function fullTask(
  { prompts, agentClass }: AgentSettings,
  { task, additionalArgs, from }: Pick<RunOrder, 'task' | 'additionalArgs' | 'from'>,
): string {
  const parts = [task];
  if (additionalArgs && Object.keys(additionalArgs).length)
    parts.push(`${prompts.additionalArgsIntro}\n${show(additionalArgs)}.`);
  const ranCode = from?.memory.steps.some((step) => step.type === 'action' && step.code !== undefined);
  if (agentClass === 'CodeAgent' && ranCode && !from?.snapshot) parts.push(VARIABLES_ARE_GONE);
  return parts.join('\n');
}
