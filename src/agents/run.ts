import { AgentConfigurationError, type AgentError } from '../errors';
import { Memory } from '../memory/memory';
import { systemClock } from '../web/clock';
import { randomIds } from '../web/ids';
import type { ActorMaker } from './actor';
import type { AgentEvent, AgentRun, RunOptions, RunResult } from './agent';
import { execute, type Finished, fullTask, type Leftover, type RunOrder } from './execute';
import { taskImages } from './media';
import { type Scope, scopeAtDoor } from './scope';
import { type AgentSettings, wholeNumber } from './settings';

const OPTION_NAMES: readonly (keyof RunOptions)[] = [
  'signal',
  'maxSteps',
  'images',
  'additionalArgs',
  'reset',
  'memory',
  'returnFullResult',
  'clock',
  'ids',
  'fetch',
  'telemetry',
];

/** Makes the runs of one agent, and remembers the one that ended last for `reset: false`. */
export class Runner {
  readonly settings: AgentSettings;
  readonly #makeActor: ActorMaker;
  readonly #underWay = new Set<AgentRun>();
  #last: Leftover | undefined;
  #previousTask: string | undefined;
  #continuing = 0;

  constructor(settings: AgentSettings, makeActor: ActorMaker) {
    this.settings = settings;
    this.#makeActor = makeActor;
  }

  async run(task: string, options: RunOptions = {}): Promise<unknown> {
    const result = await this.start(task, options, undefined, false).result;
    return options.returnFullResult ? result : result.output;
  }

  start(task: string, options: RunOptions = {}, from?: Leftover, stream = true): AgentRun {
    checkTask(task, this.settings);
    checkOptions(options, this.settings);
    const scope = scopeAtDoor(options.telemetry); // now: what is ambient is lost after the first await
    const run: AgentRun = new RunUnderWay(
      async function* (this: Runner, aborter: AbortController, onEnd: OnEnd) {
        this.#underWay.add(run);
        try {
          yield* this.#events(task, options, { from, stream, scope }, aborter, onEnd);
        } finally {
          this.#underWay.delete(run);
        }
      }.bind(this),
    );
    return run;
  }

  /** A run as another agent's call: its events go to the caller. */
  async delegated(
    order: Omit<RunOrder, 'abort' | 'maxSteps' | 'images' | 'from' | 'watched'>,
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
      images: [],
      watched: { stream: false, reset: true, returnFullResult: undefined, previousTask: this.#follow(facts) },
    };
    let finished: Finished | undefined;
    for await (const event of execute(this.settings, this.#makeActor, whole, (end) => {
      finished = end;
    })) {
      if (event.type !== 'run-start' && event.type !== 'run-end') emit(event);
    }
    if (!finished) throw new Error('a run ended without a result');
    return finished;
  }

  /** Ends all runs under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#underWay].map((run) => run[Symbol.asyncDispose]()));
  }

  async *#events(
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
      yield* execute(this.settings, this.#makeActor, order, (finished) => {
        this.#last = finished.leftover;
        onEnd(this.#result(finished), finished.failure);
      });
    } finally {
      if (goesOn) this.#continuing--;
    }
  }

  #from({ reset, memory }: RunOptions): Leftover | undefined {
    if (memory) return { memory, state: new Map(Object.entries(this.settings.state)), snapshot: undefined };
    return reset === false ? this.#last : undefined;
  }

  async #order(
    task: string,
    options: RunOptions,
    { from, stream, scope }: Door,
    aborter: AbortController,
  ): Promise<RunOrder> {
    const {
      signal,
      clock = systemClock,
      ids = randomIds,
      fetch = (input, init) => globalThis.fetch(input, init),
    } = options;
    const { additionalArgs, reset = true, returnFullResult } = options;
    const images = options.images ? await taskImages(options.images) : [];
    return {
      task,
      runId: ids(),
      path: [this.settings.name ?? this.settings.agentClass],
      signal: signal ? AbortSignal.any([signal, aborter.signal]) : aborter.signal,
      scope,
      clock,
      ids,
      fetch,
      from,
      maxSteps: options.maxSteps,
      images,
      additionalArgs,
      watched: { stream, reset, returnFullResult, previousTask: this.#follow({ task, additionalArgs, from }) },
      abort: (reason) => aborter.abort(reason),
    };
  }

  /** The task before this one, which it takes the place of. */
  #follow(order: Pick<RunOrder, 'task' | 'additionalArgs' | 'from'>): string | undefined {
    const previous = this.#previousTask;
    this.#previousTask = fullTask(this.settings, order);
    return previous;
  }

  #result({ leftover, failure: _, ...facts }: Finished): RunResult {
    return { ...facts, continue: (task, options = {}) => this.start(task, options, leftover, false).result };
  }
}

/** What the public door knows of a run beside its options. */
interface Door {
  from: Leftover | undefined;
  stream: boolean;
  scope: Scope;
}

type OnEnd = (result: RunResult, failure: AgentError | undefined) => void;
type Start = (aborter: AbortController, onEnd: OnEnd) => AsyncGenerator<AgentEvent, void>;

/** Begins when it is first read or awaited; whoever reads the events drives it, else the awaited result does. */
class RunUnderWay implements AgentRun {
  readonly #aborter = new AbortController();
  readonly #start: Start;
  readonly #result: Promise<RunResult>;
  #settle: { resolve(result: RunResult): void; reject(error: unknown): void } = { resolve: () => {}, reject: () => {} };
  #taken = false;
  #reading: AsyncGenerator<AgentEvent, void> | undefined;

  constructor(start: Start) {
    this.#start = start;
    this.#result = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    this.#result.catch(() => {}); // a reader of the events gets the error there
  }

  get result(): Promise<RunResult> {
    queueMicrotask(() => {
      if (!this.#taken) void this.#drain(); // nobody reads the events
    });
    return this.#result;
  }

  abort(reason?: unknown): void {
    this.#aborter.abort(reason ?? 'abort() was called');
  }

  [Symbol.asyncIterator](): AsyncIterator<AgentEvent, void> {
    if (this.#taken)
      throw new AgentConfigurationError(
        'The events of a run can be read once; start another run, or read them in one place',
      );
    this.#taken = true;
    const events = this.#events();
    this.#reading = events;
    return {
      next: () => events.next(),
      return: () => {
        this.#aborter.abort('its reader left'); // before the generators unwind, so that nothing goes on behind them
        return events.return();
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#taken) return;
    this.abort('the run was disposed of');
    await this.#reading?.return().catch(() => {}); // its reader may have stopped in the middle
    await this.#result.catch(() => {});
  }

  async #drain(): Promise<void> {
    try {
      for await (const _ of this) {
        // the result is all that is wanted
      }
    } catch {
      // the promise has it
    }
  }

  async *#events(): AsyncGenerator<AgentEvent, void> {
    let ended: { result: RunResult; failure: AgentError | undefined } | undefined;
    try {
      yield* this.#start(this.#aborter, (result, failure) => {
        if (failure) failure.result = result;
        ended = { result, failure };
      });
      if (ended?.failure) throw ended.failure;
    } catch (error) {
      this.#settle.reject(error);
      throw error;
    } finally {
      // only now: whoever awaits the result may start the next run at once
      if (ended?.failure) this.#settle.reject(ended.failure);
      else if (ended) this.#settle.resolve(ended.result);
    }
  }
}

function checkTask(task: unknown, { agentClass }: AgentSettings): void {
  if (typeof task === 'string' && task.trim()) return;
  throw new AgentConfigurationError(
    `${agentClass}: the task is ${typeof task === 'string' ? 'empty' : String(task)}, must be a text`,
  );
}

function checkOptions(options: RunOptions, { agentClass }: AgentSettings): void {
  for (const key of Object.keys(options)) {
    if (!OPTION_NAMES.some((name) => name === key))
      throw new AgentConfigurationError(
        `${agentClass}: run has no option \`${key}\`; its options are ${OPTION_NAMES.join(', ')}`,
      );
  }
  if (options.maxSteps !== undefined) wholeNumber(agentClass, 'maxSteps', options.maxSteps, 0);
  if (options.memory !== undefined && !(options.memory instanceof Memory))
    throw new AgentConfigurationError(`${agentClass}: \`memory\` must be a Memory, such as Memory.fromJSON(saved)`);
  if (options.memory && options.reset === false)
    throw new AgentConfigurationError(
      `${agentClass}: \`memory\` and \`reset: false\` say two things; give one of them`,
    );
  if (options.signal !== undefined && !(options.signal instanceof AbortSignal))
    throw new AgentConfigurationError(`${agentClass}: \`signal\` must be an AbortSignal`);
}
