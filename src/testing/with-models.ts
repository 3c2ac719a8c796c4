import { CodeAgent } from '../agents/code-agent';
import type { Delegate } from '../agents/delegate';
import { ManagedAgent } from '../agents/managed-agent';
import { ToolCallingAgent } from '../agents/tool-calling-agent';
import type { Model } from '../models/model';

export type AnyAgent = CodeAgent | ToolCallingAgent;

/** A copy of the agent and of all agents that it manages, each with the model that `wrap` gives for its own. */
export function withModels(agent: AnyAgent, wrap: (model: Model) => Model): AnyAgent {
  const { options, managedAgents } = agent;
  const changed = {
    model: wrap(options.model),
    managedAgents: managedAgents.map((member) => memberWithModels(member, wrap)),
  };
  return agent instanceof CodeAgent
    ? new CodeAgent({ ...options, ...changed })
    : new ToolCallingAgent({ ...options, ...changed });
}

function memberWithModels(member: Delegate, wrap: (model: Model) => Model): Delegate {
  if (isAgent(member)) return withModels(member, wrap);
  if (!(member instanceof ManagedAgent) || !isAgent(member.options.agent)) return member; // its model is elsewhere
  return new ManagedAgent({ ...member.options, agent: withModels(member.options.agent, wrap) });
}

function isAgent(value: unknown): value is AnyAgent {
  return value instanceof CodeAgent || value instanceof ToolCallingAgent;
}
