import type { AgentRun, LogRecord } from '../../agents/agent';
import type { Budget } from '../../agents/runs/budget';
import { type Ids, randomIds } from '../../web/ids';
import { dayMeter } from '../door/day-meter';
import type { ObjectHome } from '../objects';
import type { Secrets } from '../secrets/secrets';
import type { WorkerSettings } from '../settings';
import type { HostedAgent, WorkerLimits } from '../worker-options';
import type { KeptEntry } from './log-rows';
import { missingModel } from './missing-model';
import type { RunOrder } from './run-order';
import { type RunTelemetry, runTelemetry } from './run-telemetry';

const DEFAULT_STEPS = 20; // an agent's own limit where it names none

/** What a run in an object is made of. */
export interface HostedParts<Env> {
  settings: WorkerSettings<Env>;
  home: ObjectHome;
  env: Env;
  secrets: Secrets;
  log(entry: LogRecord): Promise<void>;
  /** What the run wrote down before; empty where it is new. */
  past: readonly (KeptEntry | LogRecord)[];
}

/** A run that is not yet begun, and what draws it. */
export interface Made {
  run: AgentRun;
  telemetry: RunTelemetry;
}

/** Made anew for each run. Throws what making it throws. */
export function hostedAgent<Env>(name: string, { agents, model }: WorkerSettings<Env>, env: Env): HostedAgent {
  const maker = agents.get(name);
  if (!maker) throw new Error(`there is no agent ${name}`);
  return maker({ model: model(env) ?? missingModel(), env });
}

/** The run that the order asks for, from its beginning or from where its log ends. */
export async function hostedRun<Env>(order: RunOrder, agent: HostedAgent, parts: HostedParts<Env>): Promise<Made> {
  const { settings, home, secrets, log, past } = parts;
  const { clock, limits, fetch } = settings;
  const telemetry = await runTelemetry(order, { ...parts, clean: secrets.fromText });
  const options = {
    ids: idsFrom(order.runId),
    maxSteps: Math.min(order.maxSteps ?? agent.options.maxSteps ?? DEFAULT_STEPS, limits.maxSteps),
    budget: budgetOf(agent, limits),
    meter: dayMeter(home, limits.tokensPerDay, order.spentToday),
    ...{ telemetry: telemetry.watcher, clock, fetch, log },
  };
  if (past.length > 0) return { run: agent.resume(past, options), telemetry };
  const { task, additionalArgs } = order;
  return { run: agent.stream(task, { ...options, ...(additionalArgs && { additionalArgs }) }), telemetry };
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
