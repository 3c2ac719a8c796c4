import type { AgentError } from '../../errors';
import { show } from '../../executors/show';
import { Memory } from '../../memory/memory';
import type { ImagePart, TokenUsage } from '../../models/model';
import type { KeptSandbox } from '../actor';
import type { RunResult } from '../agent';
import { AddressBook } from '../calls/address-book';
import { CallTally } from '../calls/call-tally';
import { Delegations } from '../calls/delegations';
import { memoryWords } from '../prompts/prompt-facts';
import type { NewLimits, RunLog } from '../saved/log-entry';
import { type ReadyPoint, VARIABLES_ARE_GONE } from '../saved/run-shape';
import type { RunWork, Scope } from '../scope';
import type { AgentSettings } from '../settings';
import { type Budget, Spending, type TokenMeter } from './budget';
import type { RunContext, Surroundings } from './context';
import { Waits } from './waits';

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

/** The run as its loop sees it. */
export function contextOf(settings: AgentSettings, order: RunOrder, scope: Scope, startMs: number): RunContext {
  const { signal, clock, ids, fetch, runId, path, from, budget, above, abort, log } = order;
  const earlierMs = order.point?.elapsedMs ?? 0;
  const spending = new Spending({ budget, above, clock, startMs, earlierMs, abort, meter: order.meter });
  const facts = order.point ? pointFacts(order.point) : newFacts(settings, order, from);
  return {
    signal,
    clock,
    ids,
    fetch,
    scope,
    runId,
    path,
    spending,
    spend: (usage, modelId) => {
      order.spend(usage, modelId);
      spending.add(usage, modelId);
    },
    waitingStep: undefined,
    delegations: new Delegations(),
    waits: new Waits(signal),
    calls: new CallTally(settings),
    abort,
    log,
    isRead: order.isRead,
    toldSteps: new Map(),
    words: memoryWords(settings),
    maxSteps: order.maxSteps ?? order.point?.begin.maxSteps ?? settings.maxSteps,
    addresses: knownAddresses(order, facts),
    askAbout: order.point?.askAbout ?? new Set(),
    memory: facts.memory,
    state: facts.state,
    loggedNames: facts.loggedNames,
    newVariables: facts.newVariables,
    task: facts.task,
    underWay: facts.underWay,
    lostSteps: facts.lostSteps,
  };
}

/** What the run may take for given: a managed agent's task is its manager's words and counts for nothing. */
function knownAddresses({ addresses: above }: RunOrder, { task, memory: { steps } }: RunFacts): AddressBook {
  const tasks = steps.flatMap((step) => (step.type === 'task' ? [step.task] : []));
  const found = steps.flatMap((step) => (step.type === 'action' ? (step.foundAddresses ?? []) : []));
  return new AddressBook(above, { texts: above ? [] : [...tasks, task], found });
}

type RunFacts = Pick<
  RunContext,
  'memory' | 'state' | 'loggedNames' | 'newVariables' | 'task' | 'underWay' | 'lostSteps'
>;

function newFacts(settings: AgentSettings, order: RunOrder, from: Leftover | undefined): RunFacts {
  const { additionalArgs } = order;
  const state = new Map([
    ...(from?.state ?? Object.entries(ownCopy(settings.state))),
    ...Object.entries(additionalArgs ?? {}),
  ]);
  return {
    memory: new Memory(from?.memory.systemPrompt ?? '', from?.memory.steps),
    state,
    loggedNames: new Set(state.keys()),
    newVariables: from?.snapshot ? { ...from.newVariables, ...additionalArgs } : Object.fromEntries(state),
    task: fullTask(settings, order),
    underWay: undefined,
    lostSteps: [],
  };
}

function pointFacts({ begin, memory, state, sandbox, newNames, number, underWay, lostSteps }: ReadyPoint): RunFacts {
  const names = sandbox ? newNames : [...state.keys()];
  const told = begin.memory.steps.at(-1);
  return {
    memory,
    state,
    loggedNames: new Set(state.keys()),
    newVariables: Object.fromEntries(names.map((name) => [name, state.get(name)])),
    task: told?.type === 'task' ? told.task : begin.task,
    underWay: underWay && { ...underWay, number },
    lostSteps,
  };
}

/** The state that a run begins with: its own, so that a tool which changes a value changes no other run's. */
function ownCopy(state: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (Object.keys(state).length === 0) return state; // as most have it
  try {
    return structuredClone(state);
  } catch {
    return state; // values that cannot be copied are the developer's to share
  }
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
