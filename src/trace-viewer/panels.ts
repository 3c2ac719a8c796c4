import { make } from './make-node';
import type { PanelName } from './toolbar';
import type { Trace, TraceRow } from './trace';
import type { Labels } from './viewer-labels';

export interface PanelOptions {
  labels: Labels;
  /** Goes to a row of the tree. */
  show(row: TraceRow): void;
}

/** Fills a panel. */
export async function panelOf(
  name: PanelName,
  _trace: Trace,
  place: HTMLElement,
  { labels }: PanelOptions,
): Promise<void> {
  if (name === 'keys') place.append(make('p', {}, labels.keysText));
}
