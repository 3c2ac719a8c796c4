import type { AgentRun, LogRecord } from '../agents/agent';
import type { Budget } from '../agents/budget';
import type { Watcher } from '../agents/scope';
import type { Model } from '../models/model';
import { type Ids, randomIds } from '../web/ids';
import type { KeptEntry } from './log-rows';
import type { RunOrder } from './run-order';
import type { WorkerSettings } from './settings';
import type { HostedAgent, WorkerLimits } from './worker-options';

const DEFAULT_STEPS = 20; // an agent's own limit where it names none

/** What a run in an object is made of. */
export interface HostedParts<Env> {
  settings: WorkerSettings<Env>;
  telemetry: Watcher | false;
  log(entry: LogRecord): Promise<void>;
  /** What the run wrote down before; empty where it is new. */
  past: readonly (KeptEntry | LogRecord)[];
}

/** Made anew for each run. Throws what making it throws. */
export function hostedAgent<Env>(
  name: string,
  { agents }: WorkerSettings<Env>,
  parts: { model: Model; env: Env },
): HostedAgent {
  const maker = agents.get(name);
  if (!maker) throw new Error(`there is no agent ${name}`);
  return maker(parts);
}

/** The run that the order asks for, not yet begun, or from where its log ends. */
export function hostedRun<Env>(order: RunOrder, agent: HostedAgent, parts: HostedParts<Env>): AgentRun {
  const { settings, telemetry, log, past } = parts;
  const { clock, limits, fetch } = settings;
  const options = {
    ids: idsFrom(order.runId),
    maxSteps: Math.min(order.maxSteps ?? agent.options.maxSteps ?? DEFAULT_STEPS, limits.maxSteps),
    budget: budgetOf(agent, limits),
    ...{ telemetry, clock, fetch, log },
  };
  if (past.length > 0) return agent.resume(past, options);
  return agent.stream(order.task, {
    ...options,
    ...(order.additionalArgs && { additionalArgs: order.additionalArgs }),
  });
}

/** The agent's own budget, within what a visitor may take. */
function budgetOf({ options }: HostedAgent, { maxTokens, maxSteps, maxRunMs }: Required<WorkerLimits>): Budget {
  const { budget: own = {} } = options;
  const within = (limit: number, most = limit) => Math.min(limit, most);
  return {
    ...own,
    tokens: within(maxTokens, own.tokens),
    steps: within(maxSteps, own.steps),
    durationMs: within(maxRunMs, own.durationMs),
  };
}

/** The run is known by one id everywhere: the first one it asks for is its own. */
function idsFrom(runId: string): Ids {
  let first: string | undefined = runId;
  return () => {
    const id = first ?? randomIds();
    first = undefined;
    return id;
  };
}
