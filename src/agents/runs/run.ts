import { AgentConfigurationError } from '../../errors';
import type { ImagePart } from '../../models/model';
import { type Clock, systemClock } from '../../web/clock';
import { randomIds } from '../../web/ids';
import { lazyPart } from '../../web/lazy-part';
import type { ActorPart } from '../actor';
import type {
  AgentEvent,
  AgentRun,
  Branch,
  ForkEdits,
  ForkOptions,
  LogRecord,
  ResumeOptions,
  RunOptions,
  RunResult,
} from '../agent';
import type { HumanAnswers } from '../calls/human';
import { taskImages } from '../media';
import { KeptLog } from '../saved/kept-log';
import type { LogEntry } from '../saved/log-entry';
import { stillOpen } from '../saved/run-shape';
import { type DoorScope, scopeAtDoor } from '../scope';
import type { AgentSettings } from '../settings';
import { checkedBudget, savedBudget, withoutPrice } from './budget';
import { abortable, abortError } from './context';
import { checkForkOptions, checkResumeOptions, checkRunOptions, checkTask } from './run-options';
import { type Finished, fullTask, type Leftover, type RunOrder } from './run-order';
import { type OnEnd, RunUnderWay, type Start, waitingError } from './run-under-way';

/** Makes the runs of one agent, and remembers the one that ended last for `reset: false`. */
export class Runner {
  readonly settings: AgentSettings;
  readonly #actorPart: ActorPart;
  readonly #underWay = new Set<AgentRun>();
  #last: Leftover | undefined;
  #previousTask: string | undefined;
  #continuing = 0;
  #fetched: Execute | undefined;

  constructor(settings: AgentSettings, actorPart: ActorPart) {
    this.settings = settings;
    this.#actorPart = actorPart;
  }

  async run(task: string, options: RunOptions = {}): Promise<unknown> {
    const result = await this.start(task, options, undefined, false).result;
    if (options.returnFullResult ?? this.settings.returnFullResult) return result;
    if (result.state === 'waiting') throw waitingError(result);
    return result.output;
  }

  start(task: string, options: RunOptions = {}, from?: Leftover, stream = true): AgentRun {
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
    return this.#goOn(given, answers, ({ resumedLog }) => resumedLog(saved, answers, this.settings));
  }

  /** A run from the state before a step of the run that was saved, or that these entries are of. */
  fork(saved: unknown, step: number, edits: ForkEdits = {}, options: ForkOptions = {}): AgentRun {
    checkForkOptions(options, this.settings);
    return this.#goOn(options, undefined, ({ branchLog }, { readSavedLog }) => {
      const entries = saved instanceof KeptLog ? saved.entries : readSavedLog(saved);
      return branchLog(entries, step, edits, this.settings);
    });
  }

  /** The log of a run that goes on from a saved one otherwise than it would by itself. */
  async branch(saved: unknown, branch: Branch): Promise<LogRecord[]> {
    const [{ branchRecords }] = await savedRooms();
    return branchRecords(saved, branch, this.settings);
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
  #goOn(options: ForkOptions, answers: HumanAnswers | undefined, pastOf: PastOf): AgentRun {
    const scope = scopeAtDoor(options.telemetry);
    const { settings } = this;
    const goOn = async function* (this: Runner, aborter: AbortController, onEnd: OnEnd) {
      const [goingOn, files, { readyPoint }] = await savedRooms();
      const past = pastOf(goingOn, files);
      const shared = this.#shared(options, aborter);
      await scope.ready?.(shared.clock);
      const log = new KeptLog({ ...shared, past, sink: options.log, sendPast: answers === undefined });
      if (answers && Object.keys(answers).length > 0) await log.write({ type: 'answers', answers });
      const point = await readyPoint(log.entries, [], settings);
      if (!point) throw new AgentConfigurationError(`${settings.agentClass}: the saved run has no beginning`);
      const { task, additionalArgs } = point.begin;
      const { maxSteps } = options;
      const previousTask = this.#follow({ task, additionalArgs, from: undefined });
      const watched = { stream: true, reset: true, returnFullResult: undefined, previousTask };
      const newBudget = options.budget && shared.budget;
      const budget = newBudget ?? savedBudget(settings.agentClass, point.begin.budget, settings.budget);
      const newLimits = {
        ...(maxSteps !== undefined && { maxSteps }),
        ...(newBudget && { budget: withoutPrice(newBudget) }),
      };
      const order = { task, additionalArgs, maxSteps, images: [], from: undefined, isRead: true, watched, budget };
      yield* this.#execute({ ...shared, ...order, point: { ...stillOpen(point), newLimits }, scope, log }, onEnd);
    };
    return this.#begin(goOn.bind(this));
  }

  /** A run as another agent's call: its events go to the caller. */
  async delegated(
    order: Omit<RunOrder, 'abort' | 'maxSteps' | 'budget' | 'images' | 'isRead' | 'watched'>,
    emit: (event: AgentEvent) => void,
  ): Promise<Finished> {
    const aborter = new AbortController();
    const signal = AbortSignal.any([order.signal, aborter.signal]);
    const whole: RunOrder = {
      ...order,
      signal,
      abort: (reason) => aborter.abort(reason),
      maxSteps: undefined,
      budget: this.settings.budget,
      images: [],
      isRead: true,
      watched: { stream: false, reset: true, returnFullResult: undefined, previousTask: this.#follow(order) },
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
    return this.#events(order, (finished) => {
      this.#last = finished.leftover;
      onEnd(this.#result(finished), finished.failure);
    });
  }

  /** The loop and what acts are fetched here: a page that shows an agent, and runs none, pays for neither. */
  async *#events(order: RunOrder, onEnd: (finished: Finished) => void): AsyncGenerator<AgentEvent, void> {
    this.#fetched ??= await this.#fetch(order.clock); // kept: an import costs as much as a step
    yield* this.#fetched(order, onEnd);
  }

  async #fetch(clock: Clock): Promise<Execute> {
    const load = () => Promise.all([import('./execute'), this.#actorPart()]);
    const [{ execute }, actorMaker] = await lazyPart('running an agent', load, clock);
    const makeActor = actorMaker(this.settings);
    return (order, onEnd) => execute(this.settings, makeActor, order, onEnd);
  }

  #from({ reset, memory }: RunOptions): Leftover | undefined {
    if (memory) {
      const { state } = this.settings;
      return { memory, state: new Map(Object.entries(state)), snapshot: undefined, newVariables: state };
    }
    return reset === false ? this.#last : undefined;
  }

  async #order(
    task: string,
    options: RunOptions,
    { from, stream, scope }: Door,
    aborter: AbortController,
  ): Promise<RunOrder> {
    const { additionalArgs, reset = true, returnFullResult, maxSteps } = options;
    const shared = this.#shared(options, aborter);
    if (scope.ready) await scope.ready(shared.clock);
    const images = options.images ? await imagesOf(options.images, shared.signal) : [];
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

  /** What every run of this door has. */
  #shared(options: ForkOptions, aborter: AbortController) {
    const { signal, budget, meter, clock = systemClock, ids = randomIds } = options;
    const { fetch = (input: string | URL | Request, init?: RequestInit) => globalThis.fetch(input, init) } = options;
    return {
      runId: ids(),
      path: [this.settings.name ?? this.settings.agentClass],
      signal: signal ? AbortSignal.any([signal, aborter.signal]) : aborter.signal,
      clock,
      ids,
      fetch,
      budget: budget === undefined ? this.settings.budget : checkedBudget(this.settings.agentClass, budget),
      above: undefined,
      meter,
      spend: () => {}, // nobody above counts
      abort: (reason: unknown) => aborter.abort(reason),
    };
  }

  /** The task before this one, which it takes the place of. */
  #follow(order: Pick<RunOrder, 'task' | 'additionalArgs' | 'from'>): string | undefined {
    const previous = this.#previousTask;
    this.#previousTask = fullTask(this.settings, order);
    return previous;
  }

  #result({ result, leftover, log }: Finished): RunResult {
    return {
      continue: async (task, options = {}) => this.start(task, options, leftover, false).result,
      fork: (step, edits, options) => this.fork(log, step, edits, options),
      save: async () => (await savedRooms())[1].writeSavedRun(log.entries, this.settings.model.modelId, result),
      ...result,
    };
  }
}

/** Only who forks, resumes or saves a run pays for what that takes. */
function savedRooms() {
  return Promise.all([import('../saved/go-on'), import('../saved/run-file'), import('../saved/ready-point')]);
}

type PastOf = (
  goingOn: Pick<typeof import('../saved/go-on'), 'resumedLog' | 'branchLog'>,
  files: Pick<typeof import('../saved/run-file'), 'readSavedLog'>,
) => readonly LogEntry[];

/** Makes a run of one agent, by what is fetched with its first run. */
type Execute = (order: RunOrder, onEnd: (finished: Finished) => void) => AsyncGenerator<AgentEvent, void>;

/** What the public door knows of a run beside its options. */
interface Door {
  from: Leftover | undefined;
  stream: boolean;
  scope: DoorScope;
}

async function imagesOf(images: NonNullable<RunOptions['images']>, signal: AbortSignal): Promise<ImagePart[]> {
  try {
    return await abortable(taskImages(images), signal);
  } catch (error) {
    throw signal.aborted ? abortError(signal.reason) : error;
  }
}
