export { AgentTrace } from './agent-trace';
export { defineAgentTrace } from './define-agent-trace';
export type { ShownRun } from './panel-options';
export type { RewindRequest } from './rewind-place';
export type { EventTimes, Outcome, Prices, RowDetails, RowKind, RowState, Sums, Trace, TraceRow } from './trace';
export { LABELS, type Labels } from './viewer-labels';
export { visible } from './visible-text';
