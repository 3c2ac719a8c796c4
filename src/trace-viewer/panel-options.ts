import type { AgentRun } from '../agents/agent';
import type { Prices, Trace, TraceRow } from './trace';
import type { Labels } from './viewer-labels';

/** A run that is compared with the one shown. */
export interface OtherRun {
  trace: Trace;
  /** Whether the one shown is a branch of it. */
  isBranch: boolean;
}

/** A run whose events are shown; of an `AgentRun` its result, which knows its log. */
export interface ShownRun {
  readonly result?: AgentRun['result'];
}

/** What panels are made with. */
export interface PanelOptions {
  labels: Labels;
  prices: Prices;
  /** The run that is compared, where the page gave one. */
  other: OtherRun | undefined;
  /** Where the page has it. */
  run: ShownRun | undefined;
  /** Goes to a row of the tree. */
  show(row: TraceRow): void;
}
