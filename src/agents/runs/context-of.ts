import { Memory } from '../../memory/memory';
import { AddressBook } from '../calls/address-book';
import { CallTally } from '../calls/call-tally';
import { Delegations } from '../calls/delegations';
import { memoryWords } from '../prompts/prompt-facts';
import type { ReadyPoint } from '../saved/run-shape';
import type { Scope } from '../scope';
import type { AgentSettings } from '../settings';
import { Spending } from './budget';
import type { RunContext } from './context';
import { fullTask, type Leftover, type RunOrder } from './run-order';
import { Waits } from './waits';

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
