// The program of the design with what OpenTelemetry ships: first its exporter in our processor, then its processor, too.
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { WebTracerProvider } from '@opentelemetry/sdk-trace-web';
import {
  CodeAgent,
  DuckDuckGoSearchTool,
  HfApiModel,
  ManagedAgent,
  ToolCallingAgent,
  VisitWebpageTool,
} from 'smolagents-web';
import { FetchBatchSpanProcessor, SmolagentsInstrumentor } from 'smolagents-web/telemetry';

const exporter = new OTLPTraceExporter({ url: process.env.COLLECTOR_URL });
const processor = process.env.STOCK_PROCESSOR
  ? new BatchSpanProcessor(exporter)
  : new FetchBatchSpanProcessor({ exporter });
const tracerProvider = new WebTracerProvider({ spanProcessors: [processor] });
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
