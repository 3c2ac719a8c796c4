export { type ContextReach, ensureContextManager } from './context-manager';
export { ExportFailure, type ExportFailureOptions } from './export-failure';
export type { ExportHeaders } from './export-headers';
export { FetchSpanExporter, type FetchSpanExporterOptions, type SendOptions } from './exporter';
export { WebCryptoIdGenerator } from './id-generator';
export { SmolagentsInstrumentor } from './instrumentor';
export type { JournalOptions } from './journal-options';
export type { Drop, DropReason, TelemetryCounters } from './ledger';
export type { MaskingOptions } from './masking-options';
export type { OtlpFormat } from './otlp';
export type { PartialSuccess } from './partial-success';
export { FetchBatchSpanProcessor } from './processor';
export type { FetchBatchSpanProcessorOptions, ProcessorLimits } from './processor-options';
export type { PropagateTo } from './propagation';
export { type RedactOption, redactor } from './redact';
export type { Redact, RedactPatterns } from './redact-patterns';
export { type InstrumentOptions, type RunFacts, type RunWatcher, runWatcher } from './run-watcher';
export { type StartTelemetryOptions, startTelemetry, type Telemetry } from './start-telemetry';
export {
  suppressTracing,
  type TraceFacts,
  usingAttributes,
  usingMetadata,
  usingPromptTemplate,
  usingSession,
  usingTags,
  usingUser,
  withFacts,
} from './trace-facts';
