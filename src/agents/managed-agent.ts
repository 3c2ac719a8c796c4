import { AgentConfigurationError } from '../errors';
import { checkCallable } from '../tools/tool-name';
import { refuseSetting, refuseUnknownOptions } from '../web/options';
import type { Delegate, DelegateCall, DelegateReport } from './calls/delegate';
import type { Surroundings } from './runs/context';

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

  get checkSaved(): Delegate['checkSaved'] {
    return this.#delegate.checkSaved?.bind(this.#delegate);
  }

  get branchSaved(): Delegate['branchSaved'] {
    return this.#delegate.branchSaved?.bind(this.#delegate);
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
