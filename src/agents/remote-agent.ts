import { AgentError } from '../errors';
import { systemClock } from '../web/clock';
import { lazyPart } from '../web/lazy-part';
import { refuseSetting, withoutUndefined } from '../web/options';
import { isRecord } from '../web/record';
import { runtimeFetch } from '../web/runtime-fetch';
import type { AgentRun, RunResult } from './agent';
import type { Delegate, DelegateCall, DelegateReport } from './calls/delegate';
import type { Manageable, ManagedIdentity } from './managed-agent';
import {
  CLASS,
  checkRemoteOptions,
  checkRemoteRunOptions,
  REMOTE_DEFAULTS,
  RESUME_OPTIONS,
  type RemoteAgentOptions,
  type RemoteResumeOptions,
  type RemoteRunOptions,
  type RemoteSettings,
  RUN_OPTIONS,
} from './remote/remote-options';
import { isRemoteRunId } from './remote/remote-run-id';
import { type Begin, RemoteRuns } from './remote/remote-runs';
import type { Surroundings } from './runs/context';
import { watchersReady } from './runs/door';
import { checkTask } from './runs/run-options';
import { RunUnderWay } from './runs/run-under-way';
import { scopeAtDoor } from './scope';

/**
 * An agent that runs in a worker (`smolagents-web/worker`), used as one that runs here: its events come as they happen, a
 * connection that is lost is taken up again, an abort ends the run there, and its spans join the trace of whoever calls.
 * Rejects with an `AgentError` whose `kind` says what is wrong: `auth`, `not_found`, `rate_limited`, `bad_request`,
 * `network`, `timeout`, `stream_cut`, `bad_response`, `server_error`. The constructor throws `AgentConfigurationError`.
 */
export class RemoteAgent implements Delegate, Manageable {
  /** As given. */
  readonly options: Readonly<RemoteAgentOptions>;
  /** As a managed agent: the id of its run is in the log of its manager. */
  readonly resumable = true;
  readonly #settings: RemoteSettings;

  constructor(options: RemoteAgentOptions) {
    checkRemoteOptions(options);
    this.options = { ...options };
    this.#settings = { ...REMOTE_DEFAULTS, ...withoutUndefined(options) };
  }

  get name(): string | undefined {
    return this.options.name;
  }

  get description(): string | undefined {
    return this.options.description;
  }

  /** Works on a task to its answer. */
  run<Output = unknown>(
    task: string,
    options: RemoteRunOptions & { returnFullResult: true },
  ): Promise<RunResult<Output>>;
  run<Output = unknown>(task: string, options?: RemoteRunOptions): Promise<Output>;
  async run(task: string, options: RemoteRunOptions = {}): Promise<unknown> {
    const result = await this.stream(task, options).result;
    if (options.returnFullResult) return result;
    if (result.state !== 'waiting') return result.output;
    const error = new AgentError(`The run ${result.runId} waits for a human: answer with \`resume\``, {
      kind: 'waiting',
    });
    error.result = result;
    throw error;
  }

  /** The same, event by event. */
  stream<Output = unknown>(task: string, options: RemoteRunOptions = {}): AgentRun<Output> {
    checkTask(task, { agentClass: CLASS });
    checkRemoteRunOptions(`${CLASS}: run`, options, RUN_OPTIONS);
    const { maxSteps, additionalArgs } = options;
    return this.#begin(options, (runs) => runs.start(task, { maxSteps, additionalArgs })) as AgentRun<Output>; // what an answer is, only the caller knows
  }

  /**
   * A run that is there already, by its id or by what `RunResult.save` gave: its events from the first on; with `answers`
   * it goes on from where it waits, and only the events from there are told.
   */
  resume<Output = unknown>(saved: unknown, options: RemoteResumeOptions = {}): AgentRun<Output> {
    checkRemoteRunOptions(`${CLASS}: resume`, options, RESUME_OPTIONS);
    const runId = isRecord(saved) && saved.kind === 'remote-run/1' ? saved.runId : saved;
    if (!isRemoteRunId(runId))
      refuseSetting(CLASS, 'the saved run', saved, 'the id of a run, or what `save` of its result gave');
    return this.#begin(options, (runs) => runs.resume(runId, options.answers ?? {})) as AgentRun<Output>;
  }

  async delegate(call: DelegateCall, surroundings: Surroundings): Promise<DelegateReport> {
    const { delegateRemotely } = await lazyPart(CLASS, () => import('./remote/delegate-remotely'), surroundings.clock);
    return delegateRemotely(this.#settings, call, surroundings);
  }

  managedAs(identity: ManagedIdentity): Delegate {
    return new RemoteAgent({ ...this.options, ...identity });
  }

  /** The same agent with some options in place of its own. Throws as its constructor does. */
  with(changes: Partial<RemoteAgentOptions>): RemoteAgent {
    return new RemoteAgent({ ...this.options, ...changes });
  }

  /** Settings without token and headers. */
  toJSON(): Record<string, unknown> {
    const { token: _, headers: __, url, ...shown } = this.options;
    return { class: CLASS, url: url.replace(/[?#].*$/s, ''), ...withoutUndefined(shown) };
  }

  #begin({ telemetry, clock = systemClock, fetch = runtimeFetch, signal }: RemoteRunOptions, start: Starter): AgentRun {
    const scope = scopeAtDoor(telemetry); // now: what is ambient is lost after the first await
    const settings = this.#settings;
    const begin: Begin = (options, next) => {
      checkRemoteRunOptions(`${CLASS}: run`, options, RUN_OPTIONS);
      return this.#begin(options, next);
    };
    return new RunUnderWay(async function* (aborter, onEnd) {
      const both = signal ? AbortSignal.any([signal, aborter.signal]) : aborter.signal;
      await watchersReady(scope, { clock, signal: both });
      yield* start(new RemoteRuns(settings, { scope, clock, fetch, signal: both, spend: () => {} }, begin, onEnd));
    });
  }
}

type Starter = Parameters<Begin>[1];
