import type { AgentEvent, AgentRun, LogRecord, RunState } from '../agents/agent';
import { abortError, errorRecord } from '../agents/context';
import { readSavedLog } from '../agents/saved/run-file';
import { AgentConfigurationError, AgentError } from '../errors';
import type { ErrorRecord } from '../memory/step';
import { NO_TOKENS } from '../memory/usage';
import { eventStream } from './event-stream';
import { hostedRun } from './hosted-agent';
import { releaseRun, spendToday } from './limits';
import { type KeptEntry, LogRows } from './log-rows';
import { type Meter, meteredModel } from './metered-model';
import type { ObjectHome } from './objects';
import { Problem } from './problem';
import { Retelling } from './retelling';
import { factsAfter, type KnownFacts, publicFacts, type RunFacts } from './run-facts';
import { RunLog } from './run-log';
import { type RunOrder, runOrder } from './run-order';
import { type RunTelemetry, runTelemetry } from './run-telemetry';
import { secretsOf } from './secrets';
import type { WorkerSettings } from './settings';

/** How often the object of a run is woken: the platform puts an object to sleep that nobody asks for a minute or so. */
const WAKE_MS = 30_000;
/** A run that was cut off so often in a row at the same place brings its object down itself. */
const MAX_REVIVALS = 5;
const ORDER = 'order';
const ABORTED = 'aborted'; // why the run is to end, written before it is ended

/** A run that is executed here. */
interface Life {
  run: AgentRun;
  attached: boolean;
  leaving: AbortController | undefined;
  telemetry: RunTelemetry;
  /** What readers have of what the run tells again. */
  told: Retelling | undefined;
}

/**
 * A run that lives in an object: executed there, its events written as they come, read by anyone who may. It is cut off
 * with its object at any moment; the one that comes after it goes on, on the same rows.
 */
export class HostedRun<Env extends object> {
  readonly #settings: WorkerSettings<Env>;
  readonly #home: ObjectHome;
  readonly #env: Env;
  readonly #log: RunLog;
  readonly #entries: LogRows;
  readonly #listeners = new Set<() => void>();
  #live: Life | undefined;
  #reviving: Promise<void> | undefined;
  #readers = 0;
  #spentToday = 0;

  constructor(settings: WorkerSettings<Env>, home: ObjectHome, env: Env) {
    this.#settings = settings;
    this.#home = home;
    this.#env = env;
    this.#log = new RunLog(home.rows, secretsOf(env).fromJson);
    this.#entries = new LogRows(home.rows);
  }

  /** Begins to execute. Throws what making the agent throws. */
  async start(order: RunOrder): Promise<void> {
    if (this.#log.read()) throw new Error(`the run ${order.runId} is there already`);
    const made = await this.#make(order, []);
    const { runId, agent, task, owner, counted } = order;
    this.#home.rows.put(ORDER, JSON.stringify(order));
    await this.#execute(order, made, undefined, {
      ...{ runId, agent, task, state: 'running' },
      ...{ steps: 0, usage: NO_TOKENS, startedMs: this.#settings.clock.now(), owner, counted },
    });
  }

  /** What is known of the run, for its owner alone. Throws a `Problem` of 404. */
  async facts(owner: string): Promise<RunFacts> {
    return publicFacts(await this.#mine(owner));
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
    this.#end('it was deleted by its owner');
    while (this.#live) await this.#changed(new AbortController().signal);
    return this.facts(owner);
  }

  /** Called by the platform now and then: keeps a run awake, goes on with one that was cut off, removes an old one. */
  async wake(): Promise<void> {
    const { clock, keepMs } = this.#settings;
    if (this.#live) return this.#home.wakeAt(clock.now() + WAKE_MS);
    const facts = this.#log.read();
    if (facts?.state === 'running') return this.#revive();
    if (facts && (facts.endedMs ?? 0) + keepMs > clock.now()) return this.#home.wakeAt((facts.endedMs ?? 0) + keepMs);
    await this.#home.clear();
  }

  /** The facts, if the run is this owner's: another's is not there at all. */
  async #mine(owner: string): Promise<KnownFacts> {
    const facts = this.#log.read();
    if (facts?.owner !== owner) throw new Problem('There is no such run.', { status: 404, code: 'unknown_run' });
    if (facts.state !== 'running' || this.#live) return facts;
    await this.#revive();
    return this.#log.read() ?? facts;
  }

  /** Goes on with a run whose object is gone; once, whoever asks meanwhile. */
  #revive(): Promise<void> {
    this.#reviving ??= this.#goOn().finally(() => {
      this.#reviving = undefined;
    });
    return this.#reviving;
  }

  async #goOn(): Promise<void> {
    const facts = this.#log.read();
    const order = runOrder.parse(JSON.parse(this.#home.rows.get(ORDER) ?? 'null'));
    if (facts?.state !== 'running') return;
    const past = this.#entries.read();
    try {
      const aborted = this.#home.rows.get(ABORTED);
      if (aborted !== undefined) return this.#endCutOff('interrupted', errorRecord(abortError(aborted)));
      const entries = readSavedLog(past);
      const last = entries.at(-1);
      const hasFailed = last?.type === 'end' && last.state !== 'success' && last.state !== 'max_steps_error';
      if (hasFailed && last.within.length === 0) return this.#endCutOff(last.state, last.error);
      const times = facts.revived?.entries === past.length ? facts.revived.times + 1 : 1;
      if (times > MAX_REVIVALS)
        throw new AgentError(`The worker was stopped ${MAX_REVIVALS} times at this place of the run`);
      const made = await this.#make(order, past);
      const told = new Retelling(this.#log);
      let known: KnownFacts = { ...facts, revived: { entries: past.length, times } };
      for (const event of told.missing(entries, facts.runId)) known = this.#tell(event, known);
      await this.#execute(order, made, told, known);
      this.#leaveWhenAlone(); // its readers were cut off, too
    } catch (error) {
      this.#endCutOff('error', errorRecord(asAgentError(error, 'The run was cut off and cannot go on')));
    }
  }

  async #make(order: RunOrder, past: readonly KeptEntry[]): Promise<{ run: AgentRun; telemetry: RunTelemetry }> {
    const [settings, home, env] = [this.#settings, this.#home, this.#env];
    const telemetry = await runTelemetry(order, { settings, home, env, clean: secretsOf(env).fromText });
    const model = meteredModel(settings.model(env), this.#meter());
    const log = (entry: LogRecord) => this.#writeDown(entry);
    const run = hostedRun(order, { settings, env, model, telemetry: telemetry.watcher, log, past });
    return { run, telemetry };
  }

  /** Resolves when it is sure that the object is woken should it be cut off. */
  async #execute(
    { attached }: RunOrder,
    made: { run: AgentRun; telemetry: RunTelemetry },
    told: Retelling | undefined,
    facts: KnownFacts,
  ): Promise<void> {
    const life: Life = { ...made, attached, leaving: undefined, told };
    this.#log.write(facts);
    this.#live = life;
    this.#home.waitUntil(this.#follow(life, facts));
    await this.#home.wakeAt(this.#settings.clock.now() + WAKE_MS);
  }

  async #follow({ run, telemetry, told }: Life, begun: KnownFacts): Promise<void> {
    let facts = begun;
    try {
      for await (const event of run) {
        const known = { ...facts, ...traced(telemetry) };
        facts = told?.has(event) ? factsAfter(event, known, this.#settings.clock.now()) : this.#tell(event, known);
      }
    } catch (error) {
      const failure = asAgentError(error, 'The run failed before it began'); // before it could say so
      const state = failure.kind === 'aborted' ? 'interrupted' : 'error';
      if (facts.state === 'running') this.#endCutOff(state, errorRecord(failure), facts);
    }
    this.#live = undefined;
    this.#notify();
    const { clock, keepMs } = this.#settings;
    await this.#home.wakeAt(clock.now() + keepMs);
    await Promise.allSettled([releaseRun(this.#home.objects, facts.counted, facts.runId), telemetry.end()]);
  }

  /** Ends a run that cannot tell its end itself. */
  #endCutOff(state: RunState, error: ErrorRecord | undefined, known = this.#log.read()): void {
    if (!known) return;
    this.#tell({ type: 'run-end', state, ...(error && { error }), path: [], runId: known.runId }, known);
    void this.#home.wakeAt(this.#settings.clock.now() + this.#settings.keepMs);
  }

  /** An entry of the run's log, after what came of those before it was told: so at most one thing is told too little. */
  async #writeDown(entry: LogRecord): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve)); // events that are on their way come first
    this.#entries.append(entry);
  }

  #tell(event: AgentEvent, known: KnownFacts): KnownFacts {
    const facts = factsAfter(event, known, this.#settings.clock.now());
    this.#log.append(event);
    if (['run-start', 'step', 'waiting', 'run-end'].includes(event.type)) this.#log.write(facts);
    this.#notify();
    return facts;
  }

  /** Ends the run under way, also where its object is cut off before it has ended. */
  #end(reason: string): void {
    if (!this.#live) return;
    this.#home.rows.put(ABORTED, reason);
    this.#live.run.abort(reason);
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
      () => this.#end('its last reader left'),
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

function asAgentError(error: unknown, what: string): AgentError {
  if (error instanceof AgentConfigurationError) return new AgentError(`${what}: ${error.message}`);
  return error instanceof AgentError ? error : new AgentError(what);
}

function traced(telemetry: RunTelemetry): Pick<RunFacts, 'traceId'> {
  const traceId = telemetry.traceId();
  return traceId === undefined ? {} : { traceId };
}
