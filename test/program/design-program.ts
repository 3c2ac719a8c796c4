import { CodeAgent, DuckDuckGoSearchTool, HfApiModel, ManagedAgent, ToolCallingAgent, VisitWebpageTool } from 'smolagents-web';
import { FetchBatchSpanProcessor, SmolagentsInstrumentor } from 'smolagents-web/telemetry';
import { WebTracerProvider } from '@opentelemetry/sdk-trace-web';

const tracerProvider = new WebTracerProvider({
  spanProcessors: [new FetchBatchSpanProcessor({ url: 'http://localhost:6006/v1/traces' })],
});
new SmolagentsInstrumentor().instrument({ tracerProvider });

const model = new HfApiModel();
const agent = new ToolCallingAgent({ tools: [new DuckDuckGoSearchTool(), new VisitWebpageTool()], model });
const managedAgent = new ManagedAgent({ agent, name: 'managed_agent', description: 'This is an agent that can do web search.' });
const manager = new CodeAgent({ tools: [], model, managedAgents: [managedAgent] });

await manager.run('If the US keeps its 2024 growth rate, how many years will it take for the GDP to double?');
