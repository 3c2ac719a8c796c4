import {
  CodeAgent,
  DuckDuckGoSearchTool,
  ManagedAgent,
  type Model,
  ToolCallingAgent,
  VisitWebpageTool,
} from 'smolagents-web';

/** The question that the recording answers. */
export const QUESTION = 'If the US keeps its 2024 growth rate, how many years will it take for the GDP to double?';

/** smolagents' own example: a manager that writes code, and an agent that it sends to search the web. */
export function makeManager(model: Model): CodeAgent {
  const agent = new ToolCallingAgent({
    tools: [new DuckDuckGoSearchTool(), new VisitWebpageTool()],
    model,
    streamOutputs: true,
    maxSteps: 6,
  });
  const managedAgent = new ManagedAgent({
    agent,
    name: 'managed_agent',
    description: 'This is an agent that can do web search.',
  });
  return new CodeAgent({ tools: [], model, managedAgents: [managedAgent], streamOutputs: true, maxSteps: 8 });
}
