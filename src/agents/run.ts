import { AgentConfigurationError } from '../errors';
import { Memory } from '../memory/memory';
import type { ImagePart } from '../models/model';
import { systemClock } from '../web/clock';
import { randomIds } from '../web/ids';
import { isRecord } from '../web/record';
import type { ActorMaker } from './actor';
import type { AgentEvent, AgentRun, RunOptions, RunResult } from './agent';
import { checkedBudget } from './budget';
import { abortable, abortError } from './context';
import { execute, type Finished, fullTask, type Leftover, type RunOrder } from './execute';
import { taskImages } from './media';
import { type OnEnd, RunUnderWay } from './run-under-way';
import { type Scope, scopeAtDoor } from './scope';
import { type AgentSettings, wholeNumber } from './settings';

const OPTION_NAMES: readonly (keyof RunOptions)[] = [
  'signal',
  'maxSteps',
  'images',
  'additionalArgs',
  'reset',
  'memory',
  'budget',
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
    return (options.returnFullResult ?? this.settings.returnFullResult) ? result : result.output;
  }

  start(task: string, options: RunOptions = {}, from?: Leftover, stream = true): AgentRun {
    checkTask(task, this.settings);
    checkOptions(options, this.settings);
    if (from && options.memory)
      throw new AgentConfigurationError(
        `${this.settings.agentClass}: \`continue\` goes on from its own result; give \`memory\` to \`run\``,
      );
    const scope = scopeAtDoor(options.telemetry); // now: what is ambient is lost after the first await
    const run: AgentRun = new RunUnderWay((aborter, onEnd) =>
      this.#kept(run, this.#events(task, options, { from, stream, scope }, aborter, onEnd)),
    );
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
    const {
      signal,
      clock = systemClock,
      ids = randomIds,
      fetch = (input, init) => globalThis.fetch(input, init),
    } = options;
    const { additionalArgs, reset = true, returnFullResult } = options;
    const given = signal ? AbortSignal.any([signal, aborter.signal]) : aborter.signal;
    const images = options.images ? await imagesOf(options.images, given) : [];
    return {
      task,
      runId: ids(),
      path: [this.settings.name ?? this.settings.agentClass],
      signal: given,
      scope,
      clock,
      ids,
      fetch,
      from,
      maxSteps: options.maxSteps,
      budget:
        options.budget === undefined ? this.settings.budget : checkedBudget(this.settings.agentClass, options.budget),
      above: undefined,
      images,
      additionalArgs,
      isRead: stream,
      watched: { stream, reset, returnFullResult, previousTask: this.#follow({ task, additionalArgs, from }) },
      spend: () => {}, // nobody above counts
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
    return { ...facts, continue: async (task, options = {}) => this.start(task, options, leftover, false).result };
  }
}

/** What the public door knows of a run beside its options. */
interface Door {
  from: Leftover | undefined;
  stream: boolean;
  scope: Scope;
}

async function imagesOf(images: NonNullable<RunOptions['images']>, signal: AbortSignal): Promise<ImagePart[]> {
  try {
    return await abortable(taskImages(images), signal);
  } catch (error) {
    throw signal.aborted ? abortError(signal.reason) : error;
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
  checkedBudget(agentClass, options.budget);
  const { additionalArgs } = options;
  if (additionalArgs !== undefined && !isRecord(additionalArgs))
    throw new AgentConfigurationError(`${agentClass}: \`additionalArgs\` must be an object of values by name`);
  if (options.signal !== undefined && !(options.signal instanceof AbortSignal))
    throw new AgentConfigurationError(`${agentClass}: \`signal\` must be an AbortSignal`);
}
