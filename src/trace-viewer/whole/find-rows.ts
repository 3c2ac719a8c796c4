import type { Trace, TraceRow } from '../trace';

export type RowFilter = 'errors' | 'model' | 'tools' | 'agents' | 'slow';

const SLOW_PART = 0.1;

/** The rows in whose texts `text` stands, in either case of letters. */
export function searchRows({ rows }: Pick<Trace, 'rows'>, text: string): TraceRow[] {
  if (!text) return [];
  const wanted = new RegExp(text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'), 'i'); // half the time of lower-case copies
  const found: TraceRow[] = [];
  for (const row of rows.values()) if (wanted.test(row.subject) || holds(row.texts(), wanted)) found.push(row);
  return found;
}

function holds(texts: Iterable<string>, wanted: RegExp): boolean {
  for (const text of texts) if (wanted.test(text)) return true;
  return false;
}

/** The rows of a kind. `slow` are those that took more than a tenth of the whole time themselves, without what is below them. */
export function filterRows(trace: Pick<Trace, 'rows' | 'startMs' | 'endMs'>, filter: RowFilter): TraceRow[] {
  const slowMs = (trace.endMs - trace.startMs) * SLOW_PART;
  const fits: Readonly<Record<RowFilter, (row: TraceRow) => boolean>> = {
    errors: ({ error }) => error !== undefined,
    model: ({ kind }) => kind === 'model' || kind === 'plan',
    tools: ({ kind }) => kind === 'tool' || kind === 'code',
    agents: ({ kind }) => kind === 'agent',
    slow: (row) =>
      duration(row, trace.endMs) - row.children.reduce((sum, child) => sum + duration(child, trace.endMs), 0) > slowMs,
  };
  return [...trace.rows.values()].filter(fits[filter]);
}

function duration({ startMs, endMs, state }: TraceRow, nowMs: number): number {
  return (endMs ?? (state === 'running' ? nowMs : startMs)) - startMs;
}
