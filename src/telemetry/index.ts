export { SmolagentsInstrumentor } from './instrumentor';
export type { MaskingOptions } from './masking';
export type { PropagateTo } from './propagation';
export { type RedactOption, redactor } from './redact';
export type { Redact, RedactPatterns } from './redact-patterns';
export { type InstrumentOptions, type RunFacts, type RunWatcher, runWatcher } from './run-watcher';
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
