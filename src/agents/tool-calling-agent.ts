import type { AnyTool } from '../tools/tool';
import type { AgentRun, RunOptions, RunResult } from './agent';
import type { Surroundings } from './context';
import type { Delegate, DelegateCall, DelegateReport } from './delegate';
import { delegateTo, type Manageable, type ManagedIdentity } from './managed-agent';
import { promptFacts } from './prompt-facts';
import { Runner } from './run';
import { agentSettings, type ToolCallingAgentOptions } from './settings';
import { settingsToJson } from './settings-json';
import { toolCallingActor } from './tool-calling-actor';
import { visualize } from './visualize';

/**
 * An agent that acts by tool calls, native ones or written as text.
 * It is settings and never changes: one agent serves any number of runs at once.
 */
export class ToolCallingAgent implements Delegate, Manageable {
  /** As given; `new ToolCallingAgent({ ...agent.options, model })` is the same agent with another model. */
  readonly options: Readonly<ToolCallingAgentOptions>;
  readonly #runner: Runner;

  constructor(options: ToolCallingAgentOptions) {
    this.#runner = new Runner(agentSettings('ToolCallingAgent', options), toolCallingActor);
    this.options = options;
  }

  get name(): string | undefined {
    return this.#runner.settings.name;
  }

  get description(): string | undefined {
    return this.#runner.settings.description;
  }

  /** The tools given and those added: `final_answer` always. */
  get tools(): readonly AnyTool[] {
    return this.#runner.settings.tools;
  }

  get managedAgents(): readonly Delegate[] {
    return this.#runner.settings.managedAgents;
  }

  /** The system prompt that a run begins with. */
  get systemPrompt(): string {
    const { settings } = this.#runner;
    return settings.prompts.systemPrompt(promptFacts(settings));
  }

  /** Works on a task to its answer. Rejects with an `AgentError` whose `result` is what was reached. */
  run<Output = unknown>(task: string, options: RunOptions & { returnFullResult: true }): Promise<RunResult<Output>>;
  run<Output = unknown>(task: string, options?: RunOptions): Promise<Output>;
  run(task: string, options?: RunOptions): Promise<unknown> {
    return this.#runner.run(task, options);
  }

  /** The same, event by event: read the events, await the result, or both. */
  stream<Output = unknown>(task: string, options?: RunOptions): AgentRun<Output> {
    return this.#runner.start(task, options) as AgentRun<Output>;
  }

  delegate(call: DelegateCall, surroundings: Surroundings): Promise<DelegateReport> {
    return delegateTo(this.#runner, call, surroundings);
  }

  managedAs(identity: ManagedIdentity): Delegate {
    return new ToolCallingAgent({ ...this.options, ...identity });
  }

  /** The agent, its tools and its team as a tree of text. */
  visualize(): string {
    return visualize(this.#runner.settings);
  }

  /** Settings as JSON, tools by name, for `agentFromJSON`; functions (prompts, checks, callbacks) and secrets are left out. */
  toJSON(): Record<string, unknown> {
    return settingsToJson(this.#runner.settings);
  }

  /** Ends the runs under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#runner[Symbol.asyncDispose]();
  }
}
