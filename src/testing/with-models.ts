import { CodeAgent } from '../agents/code-agent';
import { ManagedAgent } from '../agents/managed-agent';
import { ToolCallingAgent } from '../agents/tool-calling-agent';
import type { Model } from '../models/model';

export type AnyAgent = CodeAgent | ToolCallingAgent;

/** A copy of the agent and of all agents that it manages, each with the model that `wrap` gives for its own. */
export function withModels(agent: AnyAgent, wrap: (model: Model) => Model): AnyAgent {
  const { settings } = agent;
  const managedAgents = settings.managedAgents.map((member) => {
    if (member instanceof ManagedAgent)
      return new ManagedAgent({ ...member.settings, agent: withModels(member.agent, wrap) });
    if (member instanceof CodeAgent || member instanceof ToolCallingAgent) return withModels(member, wrap);
    return member; // another kind of delegate has its model elsewhere
  });
  const copied = { ...settings, model: wrap(settings.model), managedAgents };
  return agent instanceof CodeAgent ? new CodeAgent(copied) : new ToolCallingAgent(copied);
}
