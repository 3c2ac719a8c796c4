import type { LogRecord, RunState } from '../../agents/agent';
import { abortError, errorRecord } from '../../agents/runs/context';
import type { ErrorRecord } from '../../memory/step';
import { NO_TOKENS } from '../../memory/usage';
import { leaseOf, RunLease } from '../door/lease';
import { spendToday } from '../door/limits';
import type { ObjectHome } from '../objects';
import { Problem } from '../problem';
import type { Secrets } from '../secrets/secrets';
import type { WorkerSettings } from '../settings';
import type { HostedAgent } from '../worker-options';
import { Audience } from './audience';
import { asProblem, branchOf } from './branch';
import { afterCutOff, asAgentError } from './cut-off';
import { eventStream } from './event-stream';
import { hostedAgent, hostedRun, type Made } from './hosted-agent';
import { KeptRun } from './kept-run';
import type { KeptEntry } from './log-rows';
import { Retelling } from './retelling';
import { type KnownFacts, publicFacts, type RunFacts } from './run-facts';
import { type AskedAnswers, keepOrder, type RunOrder, readOrder } from './run-order';
import type { RunTelemetry } from './run-telemetry';

/** How often the object of a run is woken: the platform puts an object to sleep that nobody asks for a minute or so. */
const WAKE_MS = 30_000;
const NO_CALL = { status: 404, code: 'unknown_call' } as const;
const DELETED = 'it was deleted by its owner';
const ABORTED = 'aborted'; // why the run is to end, written before it is ended

/** A run that is executed here. */
interface Life extends Made {
  attached: boolean;
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
  readonly #secrets: Secrets;
  readonly #kept: KeptRun;
  readonly #lease: RunLease<Env>;
  readonly #audience: Audience;
  #live: Life | undefined;
  #beginning: Promise<void> | undefined;
  #reviving: Promise<void> | undefined;
  #answering: Promise<unknown> = Promise.resolve();

  constructor(settings: WorkerSettings<Env>, home: ObjectHome, env: Env, secrets: Secrets) {
    this.#settings = settings;
    this.#home = home;
    this.#env = env;
    this.#secrets = secrets;
    this.#kept = new KeptRun(home.rows, this.#secrets, settings.clock);
    this.#lease = new RunLease(home, settings);
    this.#audience = new Audience({
      clock: settings.clock,
      graceMs: settings.graceMs,
      isNeeded: () => this.#live?.attached === true,
      onAlone: () => this.#end('its last reader left'),
    });
  }

  /** Begins to execute. Throws what making the agent throws. */
  start(order: RunOrder): Promise<void> {
    const beginning = this.#begin(order);
    this.#beginning = beginning.catch(() => undefined);
    return beginning;
  }

  async #begin(order: RunOrder): Promise<void> {
    if (this.#kept.log.read()) throw new Error(`the run ${order.runId} is there already`);
    const hosted = this.#agent(order);
    const past = order.from ? await branchOf(hosted, order, order.from, this.#home.objects) : [];
    const made = await this.#make(order, hosted, past);
    const { runId, agent, task, owner } = order;
    keepOrder(this.#home.rows, order);
    for (const entry of past) this.#kept.entries.append(entry);
    await this.#execute(order, made, undefined, {
      ...{ runId, agent, task, state: 'running' },
      ...{ steps: 0, usage: NO_TOKENS, startedMs: this.#settings.clock.now(), owner },
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
    if (isOver() && after >= this.#kept.log.last) return undefined;
    const { clock, heartbeatMs } = this.#settings;
    const changed = (signal: AbortSignal) => this.#kept.changes.next(signal);
    const onEnd = this.#audience.join();
    return eventStream(
      { log: this.#kept.log, isOver, changed },
      { after: Math.min(after, this.#kept.log.last), heartbeatMs, clock, onEnd },
    );
  }

  /** Ends the run; resolves when it has ended. One that waits does so no more. */
  async abort(owner: string): Promise<RunFacts> {
    const { state } = await this.#mine(owner);
    if (state === 'waiting' && !this.#live) this.#endCutOff('interrupted', errorRecord(abortError(DELETED)));
    this.#end(DELETED);
    while (this.#live) await this.#kept.changed();
    return this.facts(owner);
  }

  /** The log, for a branch of the run. Throws a `Problem`. */
  async log(owner: string): Promise<KeptEntry[]> {
    const { state } = await this.#mine(owner);
    if (state !== 'running') return this.#kept.entries.read();
    throw new Problem('The run is under way; wait for its end.', { status: 409, code: 'under_way' });
  }

  /**
   * Goes on with a run that waits, as soon as it does, once what a human says is written down. Where that was given while the run
   * was at work, the run does not end for want of readers: who gave it may have left, of which not every runtime tells. Throws a
   * `Problem`.
   */
  async answer(owner: string, asked: AskedAnswers): Promise<number> {
    const turn = this.#answering.then(() => this.#answer(owner, asked));
    this.#answering = turn.catch(() => undefined); // one at a time
    return turn;
  }

  async #answer(owner: string, { answers, counted, isRead }: AskedAnswers): Promise<number> {
    let facts = await this.#mine(owner);
    const isWaiting = () =>
      Object.keys(answers).every((callId) => facts.waiting?.some((call) => call.callId === callId));
    const isEarly = this.#live !== undefined;
    for (; this.#live && isWaiting(); facts = await this.#mine(owner)) await this.#kept.changed();
    if (!isWaiting()) throw new Problem('No such call waits.', NO_CALL);
    const before = readOrder(this.#home.rows);
    const attached = isRead && !isEarly && !before.background;
    const order = { ...before, counted, life: before.life + 1, attached };
    const agent = this.#agent(order);
    const past = this.#kept.entries.read();
    const answered = await asProblem(() => agent.branch(past, { answers }));
    const [entry] = answered.slice(-1);
    if (!entry) throw new Error('the log is empty'); // that of a run that waits never is
    order.spentToday = await this.#lease.take(leaseOf(order));
    const made = await this.#answered(order, agent, [...past, entry]).catch(async (error: unknown) => {
      await this.#lease.end();
      throw error;
    });
    const { endedMs: _, ...rest } = facts;
    const waiting = facts.waiting?.filter(({ callId }) => !Object.hasOwn(answers, callId)) ?? [];
    const told = new Retelling(this.#kept.log);
    const { last } = this.#kept.log;
    keepOrder(this.#home.rows, order);
    this.#kept.entries.append(entry);
    await this.#execute(order, made, told, { ...rest, waiting, state: 'running' });
    return last;
  }

  async #answered(order: RunOrder, agent: HostedAgent, past: readonly (KeptEntry | LogRecord)[]): Promise<Made> {
    const made = await this.#make(order, agent, past);
    if (this.#kept.log.read()?.state === 'waiting') return made;
    throw new Problem('No such call waits.', NO_CALL); // deleted meanwhile
  }

  /** Called by the platform now and then: keeps a run awake, goes on with one that was cut off, removes an old one. */
  async wake(): Promise<void> {
    const { clock, keepMs } = this.#settings;
    if (this.#live) {
      await this.#lease.renew();
      return this.#home.wakeAt(clock.now() + WAKE_MS);
    }
    const facts = this.#kept.log.read();
    if (facts?.state === 'running') return this.#revive();
    if (facts && (facts.endedMs ?? 0) + keepMs > clock.now()) return this.#rest();
    await this.#lease.release();
    await this.#home.clear();
  }

  /** The facts, if the run is this owner's: another's is not there at all. */
  async #mine(owner: string): Promise<KnownFacts> {
    await this.#beginning; // who began it may have left, and asks whether it is there
    const facts = this.#kept.log.read();
    if (facts?.owner !== owner) throw new Problem('There is no such run.', { status: 404, code: 'unknown_run' });
    if (this.#live) return facts;
    if (facts.state === 'running') await this.#revive();
    else await this.#lease.release(); // the object may have been cut off before it could
    return this.#kept.log.read() ?? facts;
  }

  /** Goes on with a run whose object is gone; once, whoever asks meanwhile. */
  #revive(): Promise<void> {
    this.#reviving ??= this.#goOn().finally(() => {
      this.#reviving = undefined;
    });
    return this.#reviving;
  }

  async #goOn(): Promise<void> {
    const facts = this.#kept.log.read();
    if (facts?.state !== 'running') return;
    const order = readOrder(this.#home.rows);
    const past = this.#kept.entries.read();
    try {
      const { end, entries, revived } = afterCutOff(past, facts, this.#home.rows.get(ABORTED));
      if (end) return this.#endCutOff(end.state, end.error);
      const spentToday = await spendToday(this.#home.objects, 0).catch(() => order.spentToday); // others went on
      const made = await this.#make({ ...order, spentToday }, this.#agent(order), past);
      const told = new Retelling(this.#kept.log);
      let known: KnownFacts = { ...facts, revived };
      for (const event of told.missing(entries, facts.runId)) known = this.#kept.tell(event, known);
      await this.#execute(order, made, told, known);
      this.#audience.watch(); // its readers were cut off, too
    } catch (error) {
      this.#endCutOff('error', errorRecord(asAgentError(error, 'The run was cut off and cannot go on')));
    }
  }

  #agent({ agent }: RunOrder): HostedAgent {
    return hostedAgent(agent, this.#settings, this.#env);
  }

  #make(order: RunOrder, agent: HostedAgent, past: readonly (KeptEntry | LogRecord)[]): Promise<Made> {
    const [settings, home, env, secrets] = [this.#settings, this.#home, this.#env, this.#secrets];
    return hostedRun(order, agent, { settings, home, env, secrets, past, log: (entry) => this.#kept.writeDown(entry) });
  }

  /** Resolves when it is sure that the object is woken should it be cut off. */
  async #execute(order: RunOrder, made: Made, told: Retelling | undefined, facts: KnownFacts): Promise<void> {
    const life: Life = { ...made, attached: order.attached, told };
    this.#kept.log.write(facts);
    this.#lease.hold(leaseOf(order));
    this.#live = life;
    this.#home.waitUntil(this.#follow(life, facts));
    await this.#home.wakeAt(this.#settings.clock.now() + WAKE_MS);
  }

  async #follow({ run, telemetry, told }: Life, begun: KnownFacts): Promise<void> {
    let facts = begun;
    try {
      for await (const event of run) {
        const known = { ...facts, ...traced(telemetry) };
        facts = told?.has(event) ? this.#kept.after(event, known) : this.#kept.tell(event, known);
      }
    } catch (error) {
      const failure = asAgentError(error, 'The run failed before it began'); // before it could say so
      const state = failure.kind === 'aborted' ? 'interrupted' : 'error';
      if (facts.state === 'running') this.#endCutOff(state, errorRecord(failure), facts);
    }
    this.#live = undefined;
    this.#audience.forgive();
    const isReleased = this.#lease.end();
    this.#kept.changes.tell();
    await Promise.allSettled([isReleased.then(() => this.#rest()), telemetry.end()]);
  }

  /** Gives back what an ended run held; then sleeps until it is to be removed. */
  async #rest(): Promise<void> {
    const { clock, keepMs } = this.#settings;
    const isReleased = await this.#lease.release();
    if (this.#live) return; // gone on with meanwhile
    const { endedMs = clock.now() } = this.#kept.log.read() ?? {};
    await this.#home.wakeAt(isReleased ? endedMs + keepMs : clock.now() + WAKE_MS);
  }

  /** Ends a run that cannot tell its end itself. */
  #endCutOff(state: RunState, error: ErrorRecord | undefined, known = this.#kept.log.read()): void {
    if (!known) return;
    this.#kept.tell({ type: 'run-end', state, ...(error && { error }), path: [], runId: known.runId }, known);
    this.#home.waitUntil(this.#rest());
  }

  /** Ends the run under way, also where its object is cut off before it has ended. */
  #end(reason: string): void {
    if (!this.#live) return;
    this.#home.rows.put(ABORTED, reason);
    this.#live.run.abort(reason);
  }
}

function traced(telemetry: RunTelemetry): Pick<RunFacts, 'traceId'> {
  const traceId = telemetry.traceId();
  return traceId === undefined ? {} : { traceId };
}
