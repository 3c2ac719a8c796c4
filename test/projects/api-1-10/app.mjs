// The program of the design on the newest line of OpenTelemetry: api 1.10, sdk-trace 3.x, a provider of the app's own.
import { trace } from '@opentelemetry/api';
import { TracerProvider } from '@opentelemetry/sdk-trace';
import {
  CodeAgent,
  DuckDuckGoSearchTool,
  HfApiModel,
  ManagedAgent,
  ToolCallingAgent,
  VisitWebpageTool,
} from 'smolagents-web';
import { FetchBatchSpanProcessor, SmolagentsInstrumentor } from 'smolagents-web/telemetry';

const processor = new FetchBatchSpanProcessor({ url: process.env.COLLECTOR_URL, format: 'json' });
const tracerProvider = new TracerProvider({ spanProcessors: [processor] });
trace.setGlobalTracerProvider(tracerProvider);
new SmolagentsInstrumentor().instrument({ tracerProvider });

const model = new HfApiModel();
const agent = new ToolCallingAgent({ tools: [new DuckDuckGoSearchTool(), new VisitWebpageTool()], model });
const managedAgent = new ManagedAgent({
  agent,
  name: 'managed_agent',
  description: 'This is an agent that can do web search.',
});
const manager = new CodeAgent({ tools: [], model, managedAgents: [managedAgent] });

console.log(
  await manager.run('If the US keeps its 2024 growth rate, how many years will it take for the GDP to double?'),
);
await tracerProvider.forceFlush();
