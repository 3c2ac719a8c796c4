import type { Trace, TraceRow } from './trace';
import { fill, type Labels } from './viewer-labels';
import { filterRows, makeLabels, type RowFilter, searchRows } from './whole/find-rows';

/** What is searched for, and the filter that is on. */
export interface Wish {
  text: string;
  filter: RowFilter | undefined;
}

/** The rows that a search and a filter leave, with those that they lie below, and how that is told. `onMore` is called where there may be more a moment later. */
export function narrowed(
  trace: Trace,
  { text, filter }: Wish,
  { labels: { hits: ofAll, noHits }, onMore }: { labels: Labels; onMore: () => void },
): { hits: readonly TraceRow[]; kept: ReadonlySet<TraceRow>; note: string } {
  const filtered = filter ? new Set(filterRows(trace, filter)) : undefined;
  const found = text ? searchRows(trace, text) : undefined;
  const hits = found && filtered ? found.filter((row) => filtered.has(row)) : (found ?? [...(filtered ?? [])]);
  if (text) void makeLabels(trace).then((areNew) => areNew && onMore());
  const note = hits.length === 0 && text ? fill(noHits, text) : fill(ofAll, hits.length, trace.rows.size);
  return { hits, kept: withAncestors(hits), note };
}

/** These rows, and all that they lie below. */
function withAncestors(rows: Iterable<TraceRow>): Set<TraceRow> {
  const kept = new Set<TraceRow>();
  for (const row of rows) {
    for (let at: TraceRow | undefined = row; at && !kept.has(at); at = at.parent) kept.add(at);
  }
  return kept;
}
