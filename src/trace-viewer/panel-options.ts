import type { Prices, Trace, TraceRow } from './trace';
import type { Labels } from './viewer-labels';

/** A run that is compared with the one shown. */
export interface OtherRun {
  trace: Trace;
  /** Whether the one shown is a branch of it. */
  isBranch: boolean;
}

/** What panels are made with. */
export interface PanelOptions {
  labels: Labels;
  prices: Prices;
  /** The run that is compared, where the page gave one. */
  other: OtherRun | undefined;
  /** Goes to a row of the tree. */
  show(row: TraceRow): void;
}
