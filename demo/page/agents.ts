import {
  type Agent,
  type AnyTool,
  CodeAgent,
  DuckDuckGoSearchTool,
  ManagedAgent,
  type Model,
  ToolCallingAgent,
  UserInputTool,
  VisitWebpageTool,
  WikipediaSearchTool,
} from 'smolagents-web';
import type { Choices } from './choices';

/** Every tool of the page, by the name that models know. */
export function pageTools(): readonly AnyTool[] {
  return [new DuckDuckGoSearchTool(), new VisitWebpageTool(), new WikipediaSearchTool(), new UserInputTool()];
}

/** The agent that was chosen, with a model. Throws an `AgentConfigurationError` for a setting that cannot be. */
export function makeAgent({ agent, tools, approve, maxSteps }: Choices, model: Model): Agent {
  const chosen = pageTools()
    .filter(({ name }) => tools.includes(name))
    .map((tool) => (approve && tool.name !== 'user_input' ? askedBefore(tool) : tool));
  const shared = { model, maxSteps, streamOutputs: true };
  if (agent === 'code') return new CodeAgent({ ...shared, tools: chosen });
  if (agent === 'tool-calling') return new ToolCallingAgent({ ...shared, tools: chosen });
  const searcher = new ManagedAgent({
    agent: new ToolCallingAgent({ ...shared, tools: chosen }),
    name: 'managed_agent',
    description: 'This is an agent that can do web search.',
  });
  return new CodeAgent({ ...shared, tools: [], managedAgents: [searcher] });
}

/** The same tool, which waits until a person allows each call. */
function askedBefore(tool: AnyTool): AnyTool {
  const { name, description, inputs, outputType, spanName, idempotent } = tool;
  return {
    ...{ name, description, inputs, needsApproval: true },
    ...(outputType !== undefined && { outputType }),
    ...(spanName !== undefined && { spanName }),
    ...(idempotent !== undefined && { idempotent }),
    execute: (given, handle) => tool.execute(given, handle),
  };
}
