export { type ContextReach, ensureContextManager } from './context-manager';
export { ExportFailure, type ExportFailureOptions } from './export-failure';
export { type ExportHeaders, FetchSpanExporter, type FetchSpanExporterOptions, type SendOptions } from './exporter';
export { WebCryptoIdGenerator } from './id-generator';
export type { JournalOptions } from './journal-options';
export type { Drop, DropReason, TelemetryCounters } from './ledger';
export type { OtlpFormat, PartialSuccess } from './otlp';
export { FetchBatchSpanProcessor } from './processor';
export type { FetchBatchSpanProcessorOptions, ProcessorLimits } from './processor-options';
