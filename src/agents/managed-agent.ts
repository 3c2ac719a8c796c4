import { AgentConfigurationError } from '../errors';
import { cut, show } from '../executors/show';
import { writeMemoryToMessages } from '../memory/messages';
import { checkCallable } from '../tools/tool-name';
import { refuseSetting, refuseUnknownOptions } from '../web/options';
import type { Surroundings } from './context';
import type { Delegate, DelegateCall, DelegateReport } from './delegate';
import { RunWaits } from './human';
import { memoryWords } from './prompt-facts';
import type { Runner } from './run';
import type { Finished } from './run-order';
import type { RunLog } from './saved/log-entry';
import type { ReadyPoint } from './saved/run-shape';
import type { AgentSettings } from './settings';
import { textOf } from './think';

const MAX_SUMMARY_CHARACTERS = 20_000; // of one message, as in smolagents

/** What an agent must be able to do to get a name and a description for its manager. */
export interface Manageable {
  managedAs(identity: ManagedIdentity): Delegate;
}

export interface ManagedIdentity {
  name: string;
  description: string;
  /** The report also holds the run's steps in short; default the agent's own setting. */
  provideRunSummary?: boolean;
}

export interface ManagedAgentOptions extends ManagedIdentity {
  agent: Manageable;
}

const OPTION_NAMES: readonly string[] = [
  'agent',
  'name',
  'description',
  'provideRunSummary',
] satisfies (keyof ManagedAgentOptions)[];

/** An agent with the name and description under which another one calls it; each call is a fresh run of its own. */
export class ManagedAgent implements Delegate {
  /** As given. */
  readonly options: Readonly<ManagedAgentOptions>;
  readonly #delegate: Delegate;

  constructor(options: ManagedAgentOptions) {
    refuseUnknownOptions('ManagedAgent', options, OPTION_NAMES);
    const { agent, ...identity } = options;
    if (typeof agent?.managedAs !== 'function')
      refuseSetting('ManagedAgent', '`agent`', agent, 'an agent: a CodeAgent or a ToolCallingAgent');
    checkCallable('ManagedAgent', identity.name, identity.description);
    this.options = { ...options };
    this.#delegate = agent.managedAs(identity);
  }

  get name(): string {
    return this.options.name;
  }

  get description(): string {
    return this.options.description;
  }

  get resumable(): boolean {
    return this.#delegate.resumable === true;
  }

  delegate(call: DelegateCall, surroundings: Surroundings): Promise<DelegateReport> {
    return this.#delegate.delegate(call, surroundings);
  }

  /** The same with some options in place of its own, such as another agent. Throws as its constructor does. */
  with(changes: Partial<ManagedAgentOptions>): ManagedAgent {
    return new ManagedAgent({ ...this.options, ...changes });
  }

  toJSON(): Record<string, unknown> {
    const { agent, ...identity } = this.options;
    if ('toJSON' in agent && typeof agent.toJSON === 'function') {
      return { class: 'ManagedAgent', ...identity, agent: agent.toJSON() };
    }
    throw new AgentConfigurationError(`The agent of "${identity.name}" cannot be saved: it has no toJSON`);
  }
}

/** Works on a manager's task and reports. Throws what the run failed with. */
export async function delegateTo(
  runner: Runner,
  { task, additionalArgs, runId, path, log, spend, emit }: DelegateCall,
  surroundings: Surroundings,
): Promise<DelegateReport> {
  const { settings } = runner;
  const { name = settings.agentClass, prompts } = settings;
  const { spending: above, ...given } = surroundings;
  const order = {
    ...given,
    above,
    task: prompts.managedAgent.task({ name, task }),
    additionalArgs,
    runId,
    log,
    point: await earlierPoint(log, settings),
    spend,
    path: [...path, name],
  };
  const finished = await runner.delegated(order, emit);
  if (finished.state === 'waiting') throw new RunWaits(finished.waiting);
  if (finished.failure) {
    const { leftover: _, log: _log, failure, ...result } = finished;
    failure.result = result;
    throw failure;
  }
  const report = prompts.managedAgent.report({
    name,
    finalAnswer: show(finished.output),
    incomplete: finished.state === 'max_steps_error',
  });
  return { text: settings.provideRunSummary ? `${report}\n\n${summary(finished, settings)}` : report };
}

/** Where the run of this call was when it was cut off. */
async function earlierPoint({ entries, within }: RunLog, settings: AgentSettings): Promise<ReadyPoint | undefined> {
  if (!entries.some((entry) => entry.within.length >= within.length)) return undefined;
  const { readyPoint } = await import('./saved/ready-point'); // only a run that goes on needs it
  return readyPoint(entries, within, settings);
}

function summary({ memory }: Finished, settings: AgentSettings): string {
  const words = { ...memoryWords(settings), observation: (text: string) => text }; // its reader fences the whole report
  const messages = writeMemoryToMessages(memory.steps, { summaryMode: true, words });
  const texts = messages.map((message) => cut(textOf(message), MAX_SUMMARY_CHARACTERS));
  return `For more, the work in short:\n<summary_of_work>\n${texts.join('\n---\n')}\n</summary_of_work>`;
}
