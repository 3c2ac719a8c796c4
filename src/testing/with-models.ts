import type { Delegate } from '../agents/calls/delegate';
import type { CodeAgent } from '../agents/code-agent';
import type { ManagedAgent } from '../agents/managed-agent';
import type { ToolCallingAgent } from '../agents/tool-calling-agent';
import type { Model } from '../models/model';
import { isRecord } from '../web/record';

export type AnyAgent = CodeAgent | ToolCallingAgent;

/** A copy of the agent and of all agents that it manages, each with the model that `wrap` gives for its own. */
export function withModels(agent: AnyAgent, wrap: (model: Model) => Model): AnyAgent {
  const { options, managedAgents } = agent;
  return agent.with({
    model: wrap(options.model),
    managedAgents: managedAgents.map((member) => memberWithModels(member, wrap)),
  });
}

function memberWithModels(member: Delegate, wrap: (model: Model) => Model): Delegate {
  if (isAgent(member)) return withModels(member, wrap);
  return isManaged(member) ? member.with({ agent: withModels(member.options.agent, wrap) }) : member; // its model is elsewhere
}

// By what they have, not by their classes: whoever tests an agent has its class, and need not load the other one for this.

function isAgent(value: unknown): value is AnyAgent {
  return hasOption(value, 'model');
}

function isManaged(value: unknown): value is ManagedAgent & { options: { agent: AnyAgent } } {
  return hasOption(value, 'agent') && isAgent(value.options.agent);
}

function hasOption(value: unknown, name: string): value is { options: Readonly<Record<string, unknown>> } {
  return isRecord(value) && typeof value.with === 'function' && isRecord(value.options) && name in value.options;
}
