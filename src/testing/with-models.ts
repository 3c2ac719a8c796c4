import { CodeAgent } from '../agents/code-agent';
import { ManagedAgent } from '../agents/managed-agent';
import { ToolCallingAgent } from '../agents/tool-calling-agent';
import type { Model } from '../models/model';

export type AnyAgent = CodeAgent | ToolCallingAgent;

/** A copy of the agent and of all agents that it manages, each with the model that `wrap` gives for its own. */
export function withModels(agent: AnyAgent, wrap: (model: Model) => Model): AnyAgent {
  const { options } = agent;
  const managedAgents = (options.managedAgents ?? []).map((member) => {
    if (isAgent(member)) return withModels(member, wrap);
    if (!(member instanceof ManagedAgent) || !isAgent(member.agent)) return member; // its model lies elsewhere
    return new ManagedAgent({
      name: member.name,
      description: member.description,
      agent: withModels(member.agent, wrap),
    });
  });
  const copied = { ...options, model: wrap(options.model), managedAgents };
  return agent instanceof CodeAgent ? new CodeAgent(copied) : new ToolCallingAgent(copied);
}

function isAgent(value: unknown): value is AnyAgent {
  return value instanceof CodeAgent || value instanceof ToolCallingAgent;
}
