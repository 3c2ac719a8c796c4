import { make } from './make-node';
import type { PanelName } from './toolbar';
import type { Prices, Trace, TraceRow } from './trace';
import type { Labels } from './viewer-labels';

export interface PanelOptions {
  labels: Labels;
  prices: Prices;
  /** The run that is compared, where the page gave one. */
  other: Trace | undefined;
  /** Goes to a row of the tree. */
  show(row: TraceRow): void;
}

/** What stands in a panel; all but the list of keys is fetched when it is opened first. */
export async function panelOf(name: PanelName, trace: Trace, options: PanelOptions): Promise<HTMLElement> {
  if (name === 'totals') return (await import('./totals-panel')).totalsPanel(trace, options.labels);
  if (name === 'compare') return (await import('./compare-panel')).comparePanel(trace, options);
  if (name === 'save') return (await import('./save-panel')).savePanel(trace, options.labels);
  return make('p', {}, options.labels.keysText);
}
