import type { AgentEvent, AgentRun, RunState } from '../agents/agent';
import type { Agent } from '../agents/agent-class';
import type { Budget } from '../agents/budget';
import { errorRecord } from '../agents/context';
import { AgentError } from '../errors';
import { addUsage, NO_TOKENS } from '../memory/usage';
import { type Ids, randomIds } from '../web/ids';
import { eventStream } from './event-stream';
import { releaseRun, spendToday } from './limits';
import { type Meter, meteredModel } from './metered-model';
import type { ObjectHome } from './objects';
import { Problem } from './problem';
import { type HiddenFacts, type RunFacts, RunLog } from './run-log';
import type { RunOrder } from './run-order';
import { type RunTelemetry, runTelemetry } from './run-telemetry';
import { secretsOf } from './secrets';
import type { WorkerSettings } from './settings';
import type { WorkerLimits } from './worker-options';

/** How often the object of a run is woken: the platform puts an object to sleep that nobody asks for a minute or so. */
const WAKE_MS = 30_000;
const DEFAULT_STEPS = 20; // an agent's own limit where it names none

/** A run that lives in an object: executed there, its events written as they come, read by anyone who may. */
export class HostedRun<Env extends object> {
  readonly #settings: WorkerSettings<Env>;
  readonly #home: ObjectHome;
  readonly #env: Env;
  readonly #log: RunLog;
  readonly #listeners = new Set<() => void>();
  /** Of the run that is executed here, as long as it is. */
  #live: { run: AgentRun; attached: boolean; leaving: AbortController | undefined } | undefined;
  #readers = 0;
  #spentToday = 0;

  constructor(settings: WorkerSettings<Env>, home: ObjectHome, env: Env) {
    this.#settings = settings;
    this.#home = home;
    this.#env = env;
    this.#log = new RunLog(home.rows, secretsOf(env).fromJson);
  }

  /** Begins to execute. Throws what making the agent throws. */
  async start(order: RunOrder): Promise<void> {
    if (this.#log.read()) throw new Error(`the run ${order.runId} is there already`);
    const { agents, clock, limits, fetch } = this.#settings;
    const maker = agents.get(order.agent);
    if (!maker) throw new Error(`there is no agent ${order.agent}`);
    const model = meteredModel(this.#settings.model(this.#env), this.#meter());
    const agent = maker({ model, env: this.#env });
    const telemetry = await runTelemetry(order, {
      ...{ settings: this.#settings, home: this.#home, env: this.#env },
      clean: secretsOf(this.#env).fromText,
    });
    const run = agent.stream(order.task, {
      ids: idsFrom(order.runId),
      maxSteps: Math.min(order.maxSteps ?? agent.options.maxSteps ?? DEFAULT_STEPS, limits.maxSteps),
      budget: budgetOf(agent, limits),
      telemetry: telemetry.watcher,
      clock,
      fetch,
      ...(order.additionalArgs && { additionalArgs: order.additionalArgs }),
    });
    const { runId, agent: name, task, owner, counted, attached } = order;
    const facts: RunFacts & HiddenFacts = {
      ...{ runId, agent: name, task, state: 'running' },
      ...{ steps: 0, usage: NO_TOKENS, startedMs: clock.now(), owner, counted },
    };
    this.#log.write(facts);
    await this.#home.wakeAt(clock.now() + WAKE_MS);
    this.#live = { run, attached, leaving: undefined };
    this.#home.waitUntil(this.#execute(run, telemetry, facts));
  }

  /** What is known of the run, for its owner alone. Throws a `Problem` of 404. */
  async facts(owner: string): Promise<RunFacts> {
    const { owner: _, counted, ...facts } = await this.#mine(owner);
    return facts;
  }

  /** The events after that number, those to come included; undefined where the reader has all there will be. */
  async read(owner: string, after: number): Promise<ReadableStream<Uint8Array> | undefined> {
    await this.#mine(owner);
    const isOver = () => !this.#live;
    if (isOver() && after >= this.#log.last) return undefined;
    const { clock, heartbeatMs } = this.#settings;
    this.#readers += 1;
    this.#live?.leaving?.abort();
    const changed = (signal: AbortSignal) => this.#changed(signal);
    const onEnd = () => {
      this.#readers -= 1;
      this.#leaveWhenAlone();
    };
    return eventStream({ log: this.#log, isOver, changed }, { after, heartbeatMs, clock, onEnd });
  }

  /** Ends the run; resolves when it has ended. */
  async abort(owner: string): Promise<RunFacts> {
    await this.#mine(owner);
    this.#live?.run.abort('it was deleted by its owner');
    while (this.#live) await this.#changed(new AbortController().signal);
    return this.facts(owner);
  }

  /** Called by the platform now and then: keeps a run awake, ends one that was cut off, removes an old one. */
  async wake(): Promise<void> {
    const { clock, keepMs } = this.#settings;
    if (this.#live) return this.#home.wakeAt(clock.now() + WAKE_MS);
    const facts = this.#log.read();
    if (facts?.state === 'running') return this.#endCutOff(facts);
    if (facts && (facts.endedMs ?? 0) + keepMs > clock.now()) return this.#home.wakeAt((facts.endedMs ?? 0) + keepMs);
    await this.#home.clear();
  }

  /** The facts, if the run is this owner's: another's is not there at all. */
  async #mine(owner: string): Promise<RunFacts & HiddenFacts> {
    const facts = this.#log.read();
    if (facts?.owner !== owner) throw new Problem('There is no such run.', { status: 404, code: 'unknown_run' });
    if (facts.state !== 'running' || this.#live) return facts;
    await this.#endCutOff(facts);
    return this.#log.read() ?? facts;
  }

  async #execute(run: AgentRun, telemetry: RunTelemetry, started: RunFacts & HiddenFacts): Promise<void> {
    let facts = started;
    try {
      for await (const event of run) {
        facts = { ...factsAfter(event, facts), ...traced(telemetry) };
        this.#tell(event, facts);
      }
    } catch (error) {
      if (facts.state === 'running') facts = this.#endUntold(error, facts); // it failed before it could say so
    }
    this.#log.write({ ...facts, endedMs: this.#settings.clock.now() });
    this.#live = undefined;
    this.#notify();
    await this.#afterwards(facts, telemetry);
  }

  async #afterwards({ counted, runId }: HiddenFacts & RunFacts, telemetry: RunTelemetry): Promise<void> {
    const { clock, keepMs } = this.#settings;
    await this.#home.wakeAt(clock.now() + keepMs);
    await Promise.allSettled([releaseRun(this.#home.objects, counted, runId), telemetry.end()]);
  }

  /** The run was executed by an object that is gone, and cannot go on. */
  async #endCutOff(facts: RunFacts & HiddenFacts): Promise<void> {
    const { clock, keepMs } = this.#settings;
    const ended = this.#endUntold(new AgentError('The worker was stopped in the middle of the run'), facts);
    this.#log.write({ ...ended, endedMs: clock.now() });
    await this.#home.wakeAt(clock.now() + keepMs);
  }

  #endUntold(error: unknown, facts: RunFacts & HiddenFacts): RunFacts & HiddenFacts {
    const failure = error instanceof AgentError ? error : new AgentError('The run failed before it began');
    const state: RunState = failure.kind === 'aborted' ? 'interrupted' : 'error';
    const event: AgentEvent = { type: 'run-end', state, error: errorRecord(failure), path: [], runId: facts.runId };
    const ended = factsAfter(event, facts);
    this.#tell(event, ended);
    return ended;
  }

  #tell(event: AgentEvent, facts: RunFacts & HiddenFacts): void {
    this.#log.append(event);
    if (event.type === 'step' || event.type === 'run-start') this.#log.write(facts);
    this.#notify();
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }

  #changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const settle = () => {
        this.#listeners.delete(settle);
        signal.removeEventListener('abort', settle);
        resolve();
      };
      if (signal.aborted) return resolve();
      this.#listeners.add(settle);
      signal.addEventListener('abort', settle);
    });
  }

  /** An attached run that nobody reads ends after the time of grace. */
  #leaveWhenAlone(): void {
    const live = this.#live;
    if (!live?.attached || this.#readers > 0) return;
    const { clock, graceMs } = this.#settings;
    live.leaving = new AbortController();
    clock.sleep(graceMs, live.leaving.signal).then(
      () => live.run.abort('its last reader left'),
      () => undefined, // somebody came back
    );
  }

  /** Counts for the day; the run's own limits are its budget. */
  #meter(): Meter {
    const { tokensPerDay } = this.#settings.limits;
    return {
      refusal: () => (this.#spentToday >= tokensPerDay ? 'The tokens of this day are used up' : undefined),
      spend: ({ inputTokens, outputTokens }) => {
        const tokens = inputTokens + outputTokens;
        if (!(tokens > 0)) return; // a model of the app's own may say anything
        const counting = spendToday(this.#home.objects, tokens).then((sum) => {
          this.#spentToday = sum;
        });
        this.#home.waitUntil(counting.catch(() => undefined)); // a run is not failed by its bookkeeping
      },
    };
  }
}

function factsAfter(event: AgentEvent, facts: RunFacts & HiddenFacts): RunFacts & HiddenFacts {
  const isOwn = event.path.length <= 1;
  if (event.type === 'step' && isOwn) {
    const usage = addUsage(addUsage(facts.usage, event.step.usage), event.step.managedUsage);
    return { ...facts, usage, steps: facts.steps + 1 };
  }
  if (event.type === 'plan' && isOwn) return { ...facts, usage: addUsage(facts.usage, event.plan.usage) };
  if (event.type === 'final-answer' && isOwn) return { ...facts, output: event.output };
  if (event.type === 'run-end') return { ...facts, state: event.state, ...(event.error && { error: event.error }) };
  return facts;
}

function traced(telemetry: RunTelemetry): Pick<RunFacts, 'traceId'> {
  const traceId = telemetry.traceId();
  return traceId === undefined ? {} : { traceId };
}

/** The agent's own budget, within what a visitor may take. */
function budgetOf({ options }: Agent, { maxTokens, maxSteps, maxRunMs }: Required<WorkerLimits>): Budget {
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
