import type { Trace, TraceRow } from './trace';

/** What runs, innermost; the last of several. */
export function runningRow({ roots }: Trace): TraceRow | undefined {
  let row: TraceRow | undefined;
  for (let next = roots.at(-1); next; next = next.children.findLast(({ state }) => state === 'running')) row = next;
  return row;
}
