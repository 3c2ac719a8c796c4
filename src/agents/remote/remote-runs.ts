import { AgentConfigurationError, AgentError } from '../../errors';
import { Memory } from '../../memory/memory';
import type { MemoryStep } from '../../memory/step';
import { addUsage, NO_TOKENS, totalUsage } from '../../memory/usage';
import type { TokenUsage } from '../../models/model';
import { abortable } from '../../web/abortable';
import type { Clock } from '../../web/clock';
import type { Fetch } from '../../web/fetch';
import { lazyPart } from '../../web/lazy-part';
import type { AgentEvent, AgentRun, ForkEdits, RunOptions, RunResult } from '../agent';
import type { HumanAnswers } from '../calls/human';
import { abortError, describeError, errorRecord } from '../runs/context';
import { type OnEnd, READER_LEFT } from '../runs/run-under-way';
import type { Outcome, RunWork, Scope } from '../scope';
import type { Connection } from './connection';
import { asJson } from './json-value';
import { CLASS, type RemoteRunOptions, type RemoteSettings } from './remote-options';
import { stepsBefore, ToldRun } from './told-run';

/** What a run is made with. */
export interface RemoteSurroundings {
  /** Above the run. */
  scope: Scope;
  clock: Clock;
  fetch: Fetch;
  signal: AbortSignal;
  /** Told what a reply cost, as soon as the worker tells it. */
  spend(usage: TokenUsage): void;
}

/** The events of a run, begun at the first read. */
export type Runs = AsyncGenerator<AgentEvent, void>;
/** How the public door begins a run. */
export type Begin = (options: RemoteRunOptions, start: (runs: RemoteRuns) => Runs) => AgentRun;

interface Order {
  task: string;
  options: Pick<RunOptions, 'maxSteps' | 'additionalArgs'>;
  told: ToldRun;
  /** Of a run that is there already. */
  runId?: string;
  events(connection: Connection): AsyncIterable<AgentEvent>;
}

/** Makes one run of a remote agent. */
export class RemoteRuns {
  readonly #settings: RemoteSettings;
  readonly #surroundings: RemoteSurroundings;
  readonly #begin: Begin;
  readonly #onEnd: OnEnd;
  #connection: Connection | undefined;

  constructor(settings: RemoteSettings, surroundings: RemoteSurroundings, begin: Begin, onEnd: OnEnd) {
    this.#settings = settings;
    this.#surroundings = surroundings;
    this.#begin = begin;
    this.#onEnd = onEnd;
  }

  /** How far the run is read. */
  get place(): { runId: string; lastEvent: number } {
    const { runId = '', lastEvent = 0 } = this.#connection ?? {};
    return { runId, lastEvent };
  }

  start(task: string, options: Order['options']): Runs {
    const { agent } = this.#settings;
    const body = this.#body({ agent, task, ...options });
    const told = new ToldRun([], { hasTask: false });
    return this.#events({ task, options, told, events: (connection) => connection.begin('/runs', body) });
  }

  /** Reads a run that is there, or answers the calls that it waits for and reads on; its task is for whoever watches. */
  resume(runId: string, answers: HumanAnswers, task = ''): Runs {
    const told = new ToldRun([], { hasTask: false });
    const given = asJson(answers);
    const events = async function* (connection: Connection): Runs {
      if (Object.keys(given).length === 0) return yield* connection.read(0);
      for await (const event of connection.read(0)) told.take(event); // what was before the question
      const { state } = told;
      told.state = undefined;
      if (state === 'waiting') {
        const { checkAnswers } = await import('../saved/check-answers');
        checkAnswers(answers, told.waiting, CLASS);
      }
      yield* connection.begin(`/runs/${runId}/answers`, given);
    };
    return this.#events({ task, options: {}, told, runId, events });
  }

  #continue(runId: string, task: string, options: Order['options'], before: readonly MemoryStep[]): Runs {
    const body = this.#body({ task, ...options });
    const told = new ToldRun(before, { hasTask: false });
    const path = `/runs/${runId}/continue`;
    return this.#events({ task, options, told, events: (connection) => connection.begin(path, body) });
  }

  #fork(runId: string, fork: ForkEdits & { step: number; maxSteps?: number }, before: readonly MemoryStep[]): Runs {
    const body = this.#body(fork);
    const told = new ToldRun(before, { hasTask: true });
    const task = before.findLast((step) => step.type === 'task')?.task ?? '';
    const path = `/runs/${runId}/fork`;
    return this.#events({ task, options: {}, told, events: (connection) => connection.begin(path, body) });
  }

  #body(asked: object): object {
    return asJson({ ...asked, ...(this.#settings.background && { background: true }) });
  }

  async *#events({ task, options, told, runId = '', events }: Order): Runs {
    const { clock, fetch, signal, spend } = this.#surroundings;
    const startMs = clock.now();
    const scope = this.#surroundings.scope.child(this.#work(task, options));
    let connection: Connection | undefined;
    let failure: AgentError | undefined = abortError(READER_LEFT); // what it stays when the reader leaves
    try {
      signal.throwIfAborted();
      const part = await abortable(
        lazyPart(CLASS, () => import('./connection'), clock),
        signal,
      );
      connection = new part.Connection(this.#settings, { clock, fetch, signal, traceparent: scope.traceparent });
      connection.runId = runId;
      this.#connection = connection;
      for await (const event of events(connection)) {
        const usage = told.take(event);
        if (usage) spend(usage);
        yield event;
        signal.throwIfAborted();
      }
      failure = told.failure;
    } catch (error) {
      if (signal.aborted) failure = abortError(signal.reason);
      else if (error instanceof AgentConfigurationError) failure = new AgentError(error.message, { cause: error });
      else failure = connection?.inWords(error) ?? unconnected(error);
    } finally {
      const isLeft = this.#settings.background && signal.reason === READER_LEFT;
      if (told.state === undefined && signal.aborted && !isLeft) await connection?.remove();
      if (told.state !== undefined) failure = told.failure;
      const result = this.#result(connection?.runId ?? runId, told, { startMs, endMs: clock.now() }, failure);
      scope.end(outcomeOf(result, failure));
      this.#onEnd(result, failure);
    }
    if (told.state !== undefined) return;
    const state = stateOf(told, failure);
    yield {
      type: 'run-end',
      state,
      path: [],
      runId: connection?.runId ?? runId,
      ...(failure && { error: errorRecord(failure) }),
    };
  }

  #result(runId: string, told: ToldRun, timing: RunResult['timing'], failure: AgentError | undefined): RunResult {
    const { steps, plans, managed, complete } = totalUsage(told.steps);
    const usage = addUsage(steps, plans);
    const memory = new Memory('', told.steps); // the system prompt is not told
    return {
      output: told.output,
      state: stateOf(told, failure),
      runId,
      memory,
      steps: memory.steps,
      usage,
      inclusiveUsage: addUsage(usage, managed),
      usageComplete: complete,
      spent: { ...told.spent, durationMs: timing.endMs - timing.startMs },
      timing,
      waiting: told.waiting,
      ...(failure && { error: errorRecord(failure) }),
      continue: async (task: string, options: RemoteRunOptions = {}) => {
        const { maxSteps, additionalArgs } = options;
        const given = { maxSteps, additionalArgs };
        return this.#begin(options, (runs) => runs.#continue(runId, task, given, memory.steps)).result;
      },
      fork: (step: number, edits: ForkEdits = {}, options: RemoteRunOptions = {}) => {
        const { maxSteps } = options;
        const before = stepsBefore(memory.steps, step, edits.task);
        return this.#begin(options, (runs) => runs.#fork(runId, { ...edits, step, maxSteps }, before));
      },
      save: async () => ({ kind: 'remote-run/1', runId }),
    };
  }

  #work(task: string, { maxSteps, additionalArgs }: Order['options']): RunWork {
    const { name, description } = this.#settings;
    return {
      type: 'run',
      agentClass: 'RemoteAgent',
      agentName: name,
      agentDescription: description,
      ...{ runId: '', earlierRunId: undefined, task, previousTask: undefined },
      ...{ maxSteps: undefined, toolNames: [], managedAgents: [] },
      options: { stream: true, reset: true, images: 0, additionalArgs, maxSteps, returnFullResult: undefined },
    };
  }
}

/** There is nothing yet that could ask the worker. */
function unconnected(cause: unknown): AgentError {
  return new AgentError(`${CLASS}: ${describeError(cause)}`, { kind: 'network', cause });
}

function stateOf({ state }: ToldRun, failure: AgentError | undefined): RunResult['state'] {
  if (state !== undefined) return state;
  if (failure?.kind === 'aborted') return 'interrupted';
  return failure?.kind === 'budget' ? 'budget' : 'error';
}

/** The worker's own span has what its agent spent; here it is what others spent. */
function outcomeOf({ state, output, inclusiveUsage }: RunResult, failure: AgentError | undefined): Outcome {
  const tokens = { steps: NO_TOKENS, plans: NO_TOKENS, managed: inclusiveUsage };
  if (state === 'budget' || state === 'waiting') return { type: 'stopped', state, tokens };
  return failure ? { type: 'failure', error: failure, tokens } : { type: 'answer', output, tokens };
}
