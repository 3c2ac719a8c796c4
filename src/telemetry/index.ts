export { type ContextReach, ensureContextManager } from './context-manager';
export { ExportFailure, type ExportFailureOptions } from './export/export-failure';
export type { ExportHeaders } from './export/export-headers';
export { FetchSpanExporter, type FetchSpanExporterOptions, type SendOptions } from './export/exporter';
export type { JournalOptions } from './export/journal-options';
export type { Drop, DropReason, TelemetryCounters } from './export/ledger';
export type { OtlpFormat } from './export/otlp';
export type { PartialSuccess } from './export/partial-success';
export { FetchBatchSpanProcessor } from './export/processor';
export type { FetchBatchSpanProcessorOptions, ProcessorLimits } from './export/processor-options';
export { WebCryptoIdGenerator } from './id-generator';
export { SmolagentsInstrumentor } from './instrumentor';
export type { MaskingOptions } from './masking/masking-options';
export { type RedactOption, redactor } from './masking/redact';
export type { Redact, RedactPatterns } from './masking/redact-patterns';
export type { PropagateTo } from './propagation';
export { type InstrumentOptions, type RunFacts, type RunWatcher, runWatcher } from './spans/run-watcher';
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
} from './spans/trace-facts';
export { type StartTelemetryOptions, startTelemetry, type Telemetry } from './start-telemetry';
