import { make } from './make-node';
import type { PanelOptions } from './panel-options';
import type { PanelName } from './toolbar';
import type { Trace } from './trace';

/** What stands in a panel; all but the list of keys is fetched when it is opened first. */
export async function panelOf(name: PanelName, trace: Trace, options: PanelOptions): Promise<HTMLElement> {
  if (name === 'totals') return (await import('./totals-panel')).totalsPanel(trace, options.labels);
  if (name === 'compare') return (await import('./compare-panel')).comparePanel(trace, options);
  if (name === 'save') return (await import('./save-panel')).savePanel(trace, options);
  return make('p', {}, options.labels.keysText);
}
