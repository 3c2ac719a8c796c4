// What `dist/smolagents-web.browser.js` exports: as much as fits into one file of 60 KB. The rest is for those who bundle.
export { WebTracerProvider } from '@opentelemetry/sdk-trace-web';
export {
  AgentError,
  CodeAgent,
  DuckDuckGoSearchTool,
  HfApiModel,
  ManagedAgent,
  OpenAIModel,
  RemoteAgent,
  ToolCallingAgent,
  tool,
  UserInputTool,
  VisitWebpageTool,
  WikipediaSearchTool,
} from '../index';
export { FetchBatchSpanProcessor, SmolagentsInstrumentor, startTelemetry } from '../telemetry/index';
