import type { AgentEvent } from 'smolagents-web';
import type { AgentTrace, Trace } from 'smolagents-web/trace-viewer';
import type { Going } from './local-runs';
import type { TimedEvent } from './pace';
import type { View, Views } from './views';

/** Brings the run's tab to the front, with its first event: of one that cannot begin there is none. */
export type Show = () => View;

/** A run that is read beside another. */
export interface Reading {
  readonly stop: AbortController;
  /** Comes with its first event. */
  view: View | undefined;
}

/** Shows events of a run in its view, or in the one that comes with the first of them; gives that view. */
export async function readInto(
  views: Views,
  going: Going,
  events: AsyncIterable<TimedEvent>,
  show: Show,
  before?: View,
): Promise<View | undefined> {
  let view = before;
  for await (const { event, times } of events) {
    if (!view && event.type === 'run-end') continue; // it has not begun
    view ??= show();
    view.going = going;
    view.viewer.run = going.run;
    view.viewer.add(event, times);
    if (going.isHosted) name(views, view, event);
  }
  return view;
}

/** What leads back to a run of the server is known with its first event. */
function name(views: Views, view: View, { path, runId }: AgentEvent): void {
  if (path.length > 1 || view.address?.run === runId) return;
  view.address = { run: runId, ...view.branch };
  views.onAddress(view);
}

/** What these events tell; undefined where that is nothing. */
export async function traceOf(events: readonly AgentEvent[]): Promise<Trace | undefined> {
  const viewer = document.createElement('agent-trace') as AgentTrace;
  await viewer.load(events).catch(() => {});
  return viewer.trace;
}
