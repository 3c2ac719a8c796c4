import type { AgentEvent, AgentRun, LogRecord, RunState } from '../agents/agent';
import { abortError, errorRecord } from '../agents/context';
import type { HumanAnswer } from '../agents/human';
import { AgentConfigurationError, AgentError } from '../errors';
import type { ErrorRecord } from '../memory/step';
import { NO_TOKENS } from '../memory/usage';
import { asProblem, branchOf } from './branch';
import { Changes } from './changes';
import { afterCutOff } from './cut-off';
import { eventStream } from './event-stream';
import { hostedAgent, hostedRun } from './hosted-agent';
import { releaseRun } from './limits';
import { type KeptEntry, LogRows } from './log-rows';
import { dayMeter, meteredModel } from './metered-model';
import type { ObjectHome } from './objects';
import { Problem } from './problem';
import { Retelling } from './retelling';
import type { Rows } from './rows';
import { factsAfter, type KnownFacts, publicFacts, type RunFacts } from './run-facts';
import { RunLog } from './run-log';
import { type AskedAnswer, type RunOrder, runOrder } from './run-order';
import { type RunTelemetry, runTelemetry } from './run-telemetry';
import { secretsOf } from './secrets';
import type { WorkerSettings } from './settings';
import type { HostedAgent } from './worker-options';

/** How often the object of a run is woken: the platform puts an object to sleep that nobody asks for a minute or so. */
const WAKE_MS = 30_000;
const NO_CALL = { status: 404, code: 'unknown_call' } as const;
const ORDER = 'order';
const DELETED = 'it was deleted by its owner';
const ABORTED = 'aborted'; // why the run is to end, written before it is ended

interface Made {
  run: AgentRun;
  telemetry: RunTelemetry;
}

/** A run that is executed here. */
interface Life extends Made {
  attached: boolean;
  leaving: AbortController | undefined;
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
  readonly #changes = new Changes();
  #live: Life | undefined;
  #reviving: Promise<void> | undefined;
  #readers = 0;
  #answering: Promise<unknown> = Promise.resolve();

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
    const hosted = this.#agent(order);
    const past = order.from ? await branchOf(hosted, order, order.from, this.#home.objects) : [];
    const made = await this.#make(order, hosted, past);
    const { runId, agent, task, owner, counted } = order;
    this.#home.rows.put(ORDER, JSON.stringify(order));
    for (const entry of past) this.#entries.append(entry);
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
    const changed = (signal: AbortSignal) => this.#changes.next(signal);
    const onEnd = () => {
      this.#readers -= 1;
      this.#leaveWhenAlone();
    };
    return eventStream({ log: this.#log, isOver, changed }, { after, heartbeatMs, clock, onEnd });
  }

  /** Ends the run; resolves when it has ended. One that waits does so no more. */
  async abort(owner: string): Promise<RunFacts> {
    const { state } = await this.#mine(owner);
    if (state === 'waiting' && !this.#live) this.#endCutOff('interrupted', errorRecord(abortError(DELETED)));
    this.#end(DELETED);
    while (this.#live) await this.#changes.next(new AbortController().signal);
    return this.facts(owner);
  }

  /** The log, for a branch of the run. Throws a `Problem`. */
  async log(owner: string): Promise<KeptEntry[]> {
    const { state } = await this.#mine(owner);
    if (state !== 'running') return this.#entries.read();
    throw new Problem('The run is under way; wait for its end.', { status: 409, code: 'under_way' });
  }

  /** Goes on with a run that waits, as soon as it does, once what a human says is written down. Throws a `Problem`. */
  async answer(owner: string, { callId, answer, attached }: AskedAnswer): Promise<number> {
    const turn = this.#answering.then(() => this.#answer(owner, callId, answer, attached));
    this.#answering = turn.catch(() => undefined); // one at a time
    return turn;
  }

  async #answer(owner: string, callId: string, answer: HumanAnswer, attached: boolean): Promise<number> {
    let facts = await this.#mine(owner);
    const isWaiting = () => facts.waiting?.some((call) => call.callId === callId);
    for (; this.#live && isWaiting(); facts = await this.#mine(owner))
      await this.#changes.next(new AbortController().signal);
    if (!isWaiting()) throw new Problem('No such call waits.', NO_CALL);
    const order = { ...readOrder(this.#home.rows), attached };
    const agent = this.#agent(order);
    const past = this.#entries.read();
    const answered = await asProblem(() => agent.branch(past, { answers: { [callId]: answer } }));
    const [entry] = answered.slice(-1);
    if (!entry) throw new Error('the log is empty'); // that of a run that waits never is
    const made = await this.#make(order, agent, [...past, entry]);
    if (this.#log.read()?.state !== 'waiting') throw new Problem('No such call waits.', NO_CALL); // deleted meanwhile
    const { endedMs: _, ...rest } = facts;
    const waiting = facts.waiting?.filter((call) => call.callId !== callId) ?? [];
    const told = new Retelling(this.#log);
    const { last } = this.#log;
    this.#home.rows.put(ORDER, JSON.stringify(order));
    this.#entries.append(entry);
    await this.#execute(order, made, told, { ...rest, waiting, state: 'running' });
    return last;
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
    if (facts?.state !== 'running') return;
    const order = readOrder(this.#home.rows);
    const past = this.#entries.read();
    try {
      const { end, entries, revived } = afterCutOff(past, facts, this.#home.rows.get(ABORTED));
      if (end) return this.#endCutOff(end.state, end.error);
      const made = await this.#make(order, this.#agent(order), past);
      const told = new Retelling(this.#log);
      let known: KnownFacts = { ...facts, revived };
      for (const event of told.missing(entries, facts.runId)) known = this.#tell(event, known);
      await this.#execute(order, made, told, known);
      this.#leaveWhenAlone(); // its readers were cut off, too
    } catch (error) {
      this.#endCutOff('error', errorRecord(asAgentError(error, 'The run was cut off and cannot go on')));
    }
  }

  #agent({ agent }: RunOrder): HostedAgent {
    const { limits, model } = this.#settings;
    const metered = meteredModel(model(this.#env), dayMeter(this.#home, limits.tokensPerDay));
    return hostedAgent(agent, this.#settings, { model: metered, env: this.#env });
  }

  async #make(order: RunOrder, agent: HostedAgent, past: readonly (KeptEntry | LogRecord)[]): Promise<Made> {
    const [settings, home, env] = [this.#settings, this.#home, this.#env];
    const telemetry = await runTelemetry(order, { settings, home, env, clean: secretsOf(env).fromText });
    const log = (entry: LogRecord) => this.#writeDown(entry);
    return { run: hostedRun(order, agent, { settings, telemetry: telemetry.watcher, log, past }), telemetry };
  }

  /** Resolves when it is sure that the object is woken should it be cut off. */
  async #execute({ attached }: RunOrder, made: Made, told: Retelling | undefined, facts: KnownFacts): Promise<void> {
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
    this.#changes.tell();
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
    this.#changes.tell();
    return facts;
  }

  /** Ends the run under way, also where its object is cut off before it has ended. */
  #end(reason: string): void {
    if (!this.#live) return;
    this.#home.rows.put(ABORTED, reason);
    this.#live.run.abort(reason);
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
}

function readOrder(rows: Rows): RunOrder {
  return runOrder.parse(JSON.parse(rows.get(ORDER) ?? 'null'));
}

function asAgentError(error: unknown, what: string): AgentError {
  if (error instanceof AgentConfigurationError) return new AgentError(`${what}: ${error.message}`);
  return error instanceof AgentError ? error : new AgentError(what);
}

function traced(telemetry: RunTelemetry): Pick<RunFacts, 'traceId'> {
  const traceId = telemetry.traceId();
  return traceId === undefined ? {} : { traceId };
}
