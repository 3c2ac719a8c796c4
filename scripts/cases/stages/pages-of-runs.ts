import type { Browser } from 'playwright';
import type { ShowRun } from '../rendering/shown';
import { demoPages } from './demo-pages';
import { viewerPages } from './viewer-page';

/** Shows runs in the trace viewer and in the demo page, each where it belongs. Close it to end its servers. */
export async function pagesOfRuns(
  browser: Browser,
  bundle: (entry: string) => Promise<string>,
): Promise<{ showRun: ShowRun; close(): Promise<void> }> {
  const viewer = await viewerPages(browser, await bundle('scripts/cases/stages/read-viewer.ts'));
  const demo = demoPages(browser, await bundle('scripts/cases/stages/read-demo.ts'));
  return {
    showRun: (run) => ('dropped' in run || 'replies' in run ? demo.showRun(run) : viewer.showRun(run)),
    close: async () => {
      await viewer.close();
      await demo.close();
    },
  };
}
