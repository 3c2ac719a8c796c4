import { AgentConfigurationError } from '../../errors';
import { abortable } from '../../web/abortable';
import { lazyPart } from '../../web/lazy-part';
import type { ActorOfRun, ActorPart } from '../actor';
import type {
  AgentEvent,
  AgentRun,
  Branch,
  ForkEdits,
  ForkOptions,
  GoOnOptions,
  LogRecord,
  ResumeOptions,
  RunOptions,
  RunResult,
} from '../agent';
import type { HumanAnswers } from '../calls/human';
import { taskImages } from '../media';
import { KeptLog } from '../saved/kept-log';
import type { LogEntry, PastRun } from '../saved/log-entry';
import type { ReadyPoint } from '../saved/run-shape';
import { type PastOf, savedPoint, savedRooms } from '../saved/saved-rooms';
import { scopeAtDoor } from '../scope';
import type { AgentSettings } from '../settings';
import { savedBudget, withoutPrice } from './budget';
import {
  beforeBegin,
  type Caller,
  type Door,
  soonAfterAbort,
  surroundingsAtDoor,
  waitingError,
  watchersReady,
} from './door';
import { checkForkOptions, checkResumeOptions, checkRunOptions, checkTask } from './run-options';
import { type Finished, fullTask, type Left, leftoverOf, type RunOrder } from './run-order';
import { type OnEnd, RunUnderWay, type Start } from './run-under-way';
import { unfetchedRun } from './unfetched-run';

/** Makes the runs of one agent, and remembers the one that ended last for `reset: false`. */
export class Runner {
  readonly settings: AgentSettings;
  readonly #actorPart: ActorPart;
  readonly #underWay = new Set<AgentRun>();
  #last: Left | undefined;
  #previousTask: string | undefined;
  #continuing = 0;
  /** What runs agents, in files of its own. */
  #parts: { execute: typeof import('./execute').execute; makeActor: ActorOfRun } | undefined;

  constructor(settings: AgentSettings, actorPart: ActorPart) {
    this.settings = settings;
    this.#actorPart = actorPart;
  }

  async run(task: string, options: RunOptions = {}): Promise<unknown> {
    const result = await this.start(task, options, { stream: false }).result;
    if (options.returnFullResult ?? this.settings.returnFullResult) return result;
    if (result.state === 'waiting') throw waitingError(result);
    return result.output;
  }

  start(task: string, options: RunOptions = {}, { from, stream = true }: Caller = {}): AgentRun {
    checkTask(task, this.settings);
    checkRunOptions(options, this.settings);
    if (from && options.memory)
      throw new AgentConfigurationError(
        `${this.settings.agentClass}: \`continue\` goes on from its own result; give \`memory\` to \`run\``,
      );
    const scope = scopeAtDoor(options.telemetry); // now: what is ambient is lost after the first await
    return this.#begin((aborter, onEnd) => this.#ordered(task, options, { from, stream, scope }, aborter, onEnd));
  }

  /** Goes on with a saved run of such an agent. */
  resume(saved: unknown, options: ResumeOptions = {}): AgentRun {
    checkResumeOptions(options, this.settings);
    const { answers = {}, ...given } = options;
    return this.#goOn(given, answers, async ({ resumedLog }) => ({ past: resumedLog(saved, answers, this.settings) }));
  }

  /** A run from the state before a step of the run that was saved, or that these entries are of. */
  fork(saved: unknown, step: number, edits: ForkEdits = {}, options: ForkOptions = {}): AgentRun {
    checkForkOptions(options, this.settings);
    const { askAgain = false, ...given } = options;
    return this.#goOn(given, undefined, async ({ branchLog, calledFrom, savedPast }) => {
      const known = saved instanceof KeptLog ? { entries: saved.whole } : savedPast(saved, this.settings);
      const past = await branchLog(known, step, edits, this.settings);
      return askAgain ? { past, askAbout: calledFrom(known.entries, step) } : { past };
    });
  }

  /** The log of a run that goes on from a saved one otherwise than it would by itself. */
  async branch(saved: unknown, branch: Branch): Promise<LogRecord[]> {
    const [{ branchRecords }] = await savedRooms();
    return branchRecords(saved, branch, this.settings);
  }

  /** As `Delegate.checkSaved`. */
  async checkSaved(entries: readonly LogEntry[], within: readonly string[]): Promise<void> {
    const [, , { checkedPoint }] = await savedRooms();
    await checkedPoint(entries, within, this.settings);
  }

  /** As `Delegate.branchSaved`. */
  async branchSaved(past: PastRun, step: number, edits: ForkEdits): Promise<readonly LogEntry[]> {
    const [{ branchOfCall }] = await savedRooms();
    return branchOfCall(past, step, edits, this.settings);
  }

  #begin(start: Start): AgentRun {
    const run: AgentRun = new RunUnderWay((aborter, onEnd) => this.#kept(run, start(aborter, onEnd)));
    return run;
  }

  /** A method, since a generator function made for each run has V8 keep all that it sees until the next full collection. */
  async *#kept(run: AgentRun, events: AsyncIterable<AgentEvent>): AsyncGenerator<AgentEvent, void> {
    this.#underWay.add(run);
    try {
      yield* events;
    } finally {
      this.#underWay.delete(run);
    }
  }

  /** A branch's log is its own, so all of it is written; that of a resumed run goes on. */
  #goOn(options: GoOnOptions, answers: HumanAnswers | undefined, pastOf: PastOf): AgentRun {
    const scope = scopeAtDoor(options.telemetry);
    const { settings } = this;
    const goOn = async function* (this: Runner, aborter: AbortController, onEnd: OnEnd) {
      const shared = surroundingsAtDoor(settings, options, aborter);
      const reading = soonAfterAbort(savedPoint(pastOf, answers, settings, shared.clock), shared);
      const [read] = await Promise.all([reading, watchersReady(scope, shared)]); // at once: an abort leaves both little time
      const { past = [], answered, point, askAbout } = read ?? {};
      const log = new KeptLog({ ...shared, past, sink: options.log, sendPast: answers === undefined });
      // only now: of a run that is refused nothing is written; what cannot be written aborts the run, which then ends by it
      if (answered) await log.write(answered)?.catch(() => {});
      const { task = '', additionalArgs, budget: begunWith } = point?.begin ?? {};
      const previousTask = this.#follow({ task, additionalArgs, from: undefined });
      const watched = { stream: true, reset: true, returnFullResult: undefined, previousTask };
      const { maxSteps } = options;
      const newBudget = options.budget && shared.budget;
      const budget = newBudget ?? savedBudget(settings.agentClass, begunWith, settings.budget);
      const newLimits = {
        ...(maxSteps !== undefined && { maxSteps }),
        ...(newBudget && { budget: withoutPrice(newBudget) }),
      };
      const about = { task, additionalArgs, maxSteps, images: [], from: undefined, isRead: true, watched, budget };
      const order = { ...shared, ...about, point: point && { ...stillOpen(point), newLimits, askAbout }, scope, log };
      if (point) yield* this.#execute(order, onEnd);
      else yield* unfetchedRun(shared.signal.reason, settings, order, this.#ending(onEnd));
    };
    return this.#begin(goOn.bind(this));
  }

  /** A run as another agent's call: its events go to the caller. */
  async delegated(
    order: Omit<RunOrder, 'abort' | 'maxSteps' | 'budget' | 'images' | 'from' | 'isRead' | 'watched'>,
    emit: (event: AgentEvent) => void,
  ): Promise<Finished> {
    const aborter = new AbortController();
    const signal = AbortSignal.any([order.signal, aborter.signal]);
    const facts = { ...order, from: undefined };
    const whole: RunOrder = {
      ...facts,
      signal,
      abort: (reason) => aborter.abort(reason),
      maxSteps: undefined,
      budget: this.settings.budget,
      images: [],
      isRead: true,
      watched: { stream: false, reset: true, returnFullResult: undefined, previousTask: this.#follow(facts) },
    };
    let finished: Finished | undefined;
    const onEnd = (end: Finished) => {
      finished = end;
    };
    for await (const event of this.#events(whole, onEnd)) {
      if (event.type !== 'run-start' && event.type !== 'run-end') emit(event);
    }
    if (!finished) throw new Error('a run ended without a result');
    return finished;
  }

  /** Ends all runs under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#underWay].map((run) => run[Symbol.asyncDispose]()));
  }

  async *#ordered(
    task: string,
    options: RunOptions,
    door: Door,
    aborter: AbortController,
    onEnd: OnEnd,
  ): AsyncGenerator<AgentEvent, void> {
    const goesOn = options.reset === false;
    if (goesOn && this.#continuing)
      throw new AgentConfigurationError(
        'A run of this agent with `reset: false` is under way; wait for its end, or use `result.continue(task)`',
      );
    if (goesOn) this.#continuing++;
    try {
      const order = await this.#order(task, options, { ...door, from: door.from ?? this.#from(options) }, aborter);
      yield* this.#execute(order, onEnd);
    } finally {
      if (goesOn) this.#continuing--;
    }
  }

  #execute(order: RunOrder, onEnd: OnEnd): AsyncGenerator<AgentEvent, void> {
    return this.#events(order, this.#ending(onEnd));
  }

  #ending(onEnd: OnEnd) {
    return (finished: Finished) => {
      this.#last = finished.left;
      onEnd(this.#result(finished), finished.failure);
    };
  }

  #events(order: RunOrder, onEnd: (finished: Finished) => void): AsyncGenerator<AgentEvent, void> {
    const parts = this.#parts;
    return parts ? parts.execute(this.settings, parts.makeActor, order, onEnd) : this.#fetched(order, onEnd);
  }

  /** What runs agents is fetched with the first run: a page that shows an agent, and runs none, does not pay for it. */
  async *#fetched(order: RunOrder, onEnd: (finished: Finished) => void): AsyncGenerator<AgentEvent, void> {
    const load = () => Promise.all([import('./execute'), this.#actorPart()]);
    try {
      const loading = lazyPart('running an agent', load, order.clock);
      const [{ execute }, actorMaker] = await abortable(loading, order.signal);
      this.#parts = { execute, makeActor: actorMaker(this.settings) }; // kept: an import costs as much as a step
    } catch (error) {
      return yield* unfetchedRun(error, this.settings, order, onEnd);
    }
    yield* this.#events(order, onEnd);
  }

  #from({ reset, memory }: RunOptions): Left | undefined {
    if (memory) {
      const { state } = this.settings;
      return { memory, state: new Map(Object.entries(state)), sandbox: undefined, newVariables: state };
    }
    return reset === false ? this.#last : undefined;
  }

  async #order(
    task: string,
    options: RunOptions,
    { from: left, stream, scope }: Door,
    aborter: AbortController,
  ): Promise<RunOrder> {
    const { additionalArgs, reset = true, returnFullResult, maxSteps } = options;
    const shared = surroundingsAtDoor(this.settings, options, aborter);
    if (scope.ready) await watchersReady(scope, shared);
    const from = left && (await beforeBegin(leftoverOf(left), shared.signal));
    const images = options.images ? await beforeBegin(taskImages(options.images, shared.signal), shared.signal) : [];
    const previousTask = this.#follow({ task, additionalArgs, from });
    return {
      task,
      scope,
      from,
      maxSteps,
      images,
      additionalArgs,
      log: new KeptLog({ sink: options.log, ...shared }),
      watched: { stream, reset, returnFullResult, previousTask },
      point: undefined,
      isRead: stream,
      ...shared,
    };
  }

  /** The task before this one, which it takes the place of. */
  #follow(order: Pick<RunOrder, 'task' | 'additionalArgs' | 'from'>): string | undefined {
    const previous = this.#previousTask;
    this.#previousTask = fullTask(this.settings, order);
    return previous;
  }

  #result({ result, left, log }: Finished): RunResult {
    return {
      continue: async (task, options = {}) => this.start(task, options, { from: left, stream: false }).result,
      fork: (step, edits, options) => this.fork(log, step, edits, options),
      save: async () => (await savedRooms())[1].writeSavedRun(log.whole, this.settings.model.modelId, result),
      ...result,
    };
  }
}

/** A run that failed goes on; one that came to its end by itself only tells it again. */
function stillOpen(point: ReadyPoint): ReadyPoint {
  const { ended } = point;
  const came = ended?.state === 'success' || ended?.state === 'max_steps_error';
  return came ? point : { ...point, ended: undefined };
}
