import { defineAgentTrace } from 'smolagents-web/trace-viewer';
import type { Shown, ViewerRun } from '../rendering/shown';
import { readPage, viewerInFront } from './read-page';

defineAgentTrace();
Object.assign(globalThis, { readRun }); // the runner calls it from outside the page

/** Shows the run in the page's viewer, and takes down what is to be seen. */
async function readRun(run: ViewerRun): Promise<Pick<Shown, 'text' | 'links'>> {
  const viewer = viewerInFront();
  if ('file' in run) await viewer.load(run.file);
  else for (const event of run.events) viewer.add(event);
  return readPage();
}
