import type { AnyTool } from '../tools/tool';
import { lazyPart } from '../web/lazy-part';
import type { ActorPart } from './actor';
import type {
  AgentRun,
  Branch,
  ForkEdits,
  ForkOptions,
  LogRecord,
  ResumeOptions,
  RunOptions,
  RunResult,
} from './agent';
import type { Delegate, DelegateCall, DelegateReport } from './calls/delegate';
import type { Manageable, ManagedIdentity } from './managed-agent';
import { systemPromptOf } from './prompts/system-prompt';
import type { Surroundings } from './runs/context';
import { Runner } from './runs/run';
import { type AgentClass, type AgentOptions, agentSettings, ownOptions } from './settings';
import { settingsToJson } from './settings-json';
import { visualize } from './visualize';

/** What every agent can do, whatever it acts by. It is settings and never changes: one serves any number of runs at once. */
export interface Agent<Options extends AgentOptions = AgentOptions> extends Delegate, Manageable, AsyncDisposable {
  /** As given. */
  readonly options: Readonly<Options>;
  /** The tools given and those added: `final_answer` always. */
  readonly tools: readonly AnyTool[];
  readonly managedAgents: readonly Delegate[];
  /** The system prompt that a run begins with. */
  readonly systemPrompt: string;
  /** Works on a task to its answer. Rejects with an `AgentError` whose `result` is what was reached. */
  run<Output = unknown>(task: string, options: RunOptions & { returnFullResult: true }): Promise<RunResult<Output>>;
  run<Output = unknown>(task: string, options?: RunOptions): Promise<Output>;
  /** The same, event by event: read the events, await the result, or both. */
  stream<Output = unknown>(task: string, options?: RunOptions): AgentRun<Output>;
  /**
   * Goes on with a run of such an agent that waited, was cut off or failed: from what `RunResult.save` gave, or from any
   * beginning of what `RunOptions.log` was given. What it had done is not done again. Rejects with an
   * `AgentConfigurationError`, when it is read or awaited, for what is no saved run, or one of another agent.
   */
  resume<Output = unknown>(saved: unknown, options?: ResumeOptions): AgentRun<Output>;
  /** As `RunResult.fork`, from what `resume` takes. */
  fork<Output = unknown>(saved: unknown, step: number, edits?: ForkEdits, options?: ForkOptions): AgentRun<Output>;
  /**
   * The log of such a run, for `resume`, with nothing done yet: of a fork (`step` and edits), of a run with another
   * `task` on the memory of one that ended, or with `answers`. For those who must write it down before anything begins.
   */
  branch(saved: unknown, branch: Branch): Promise<LogRecord[]>;
  /** The same agent with some options in place of its own, such as another model. Throws as its constructor does. */
  with(changes: Partial<Options>): Agent<Options>;
  /** The agent, its tools and its team as a tree of text. */
  visualize(): string;
  /** Settings as JSON, tools by name, for `agentFromJSON`; functions (prompts, checks, callbacks) and secrets are left out. */
  toJSON(): Record<string, unknown>;
  /** Ends the runs under way. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Makes an agent of a class. Throws an `AgentConfigurationError` that names the option, its value and what is allowed. */
export type AgentMaker<Options extends AgentOptions> = new (options: Options) => Agent<Options>;

/** The class of agents that act as `actorPart` says. A function and not a base class: agents share the loop, and extend nothing. */
export function agentClass<Options extends AgentOptions>(name: AgentClass, actorPart: ActorPart): AgentMaker<Options> {
  return class Made implements Agent<Options> {
    readonly options: Readonly<Options>;
    readonly resumable = true;
    readonly checkSaved: Delegate['checkSaved'] = (entries, within) => this.#runner.checkSaved(entries, within);
    readonly branchSaved: Delegate['branchSaved'] = (...branch) => this.#runner.branchSaved(...branch);
    readonly #runner: Runner;

    constructor(options: Options) {
      this.#runner = new Runner(agentSettings(name, options), actorPart);
      this.options = ownOptions(options);
    }

    get name(): string | undefined {
      return this.#runner.settings.name;
    }

    get description(): string | undefined {
      return this.#runner.settings.description;
    }

    get tools(): readonly AnyTool[] {
      return this.#runner.settings.tools;
    }

    get managedAgents(): readonly Delegate[] {
      return this.#runner.settings.managedAgents;
    }

    get systemPrompt(): string {
      return systemPromptOf(this.#runner.settings);
    }

    run<Output>(task: string, options: RunOptions & { returnFullResult: true }): Promise<RunResult<Output>>;
    run<Output>(task: string, options?: RunOptions): Promise<Output>;
    run(task: string, options?: RunOptions): Promise<unknown> {
      return this.#runner.run(task, options);
    }

    stream<Output>(task: string, options?: RunOptions): AgentRun<Output> {
      return this.#runner.start(task, options) as AgentRun<Output>; // what an answer is, only the caller knows
    }

    resume<Output>(saved: unknown, options?: ResumeOptions): AgentRun<Output> {
      return this.#runner.resume(saved, options) as AgentRun<Output>;
    }

    fork<Output>(saved: unknown, step: number, edits?: ForkEdits, options?: ForkOptions): AgentRun<Output> {
      return this.#runner.fork(saved, step, edits, options) as AgentRun<Output>;
    }

    branch(saved: unknown, branch: Branch): Promise<LogRecord[]> {
      return this.#runner.branch(saved, branch);
    }

    delegate(call: DelegateCall, surroundings: Surroundings): Promise<DelegateReport> {
      return delegated(this.#runner, call, surroundings);
    }

    with(changes: Partial<Options>): Agent<Options> {
      return new Made({ ...this.options, ...changes });
    }

    managedAs(identity: ManagedIdentity): Delegate {
      return new Made({ ...this.options, ...identity });
    }

    visualize(): string {
      return visualize(this.#runner.settings);
    }

    toJSON(): Record<string, unknown> {
      return settingsToJson(this.#runner.settings);
    }

    async [Symbol.asyncDispose](): Promise<void> {
      await this.#runner[Symbol.asyncDispose]();
    }
  };
}

async function delegated(runner: Runner, call: DelegateCall, surroundings: Surroundings): Promise<DelegateReport> {
  const { delegateTo } = await lazyPart('managed agents', () => import('./calls/delegate-to'), surroundings.clock);
  return delegateTo(runner, call, surroundings);
}
