import type { Prices, Trace, TraceRow } from './trace';
import type { Labels } from './viewer-labels';

/** What panels are made with. */
export interface PanelOptions {
  labels: Labels;
  prices: Prices;
  /** The run that is compared, where the page gave one. */
  other: Trace | undefined;
  /** Goes to a row of the tree. */
  show(row: TraceRow): void;
}
