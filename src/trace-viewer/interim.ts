import type { Trace, TraceRow } from './trace';

export function searchRows(trace: Trace, text: string): TraceRow[] {
  const wanted = text.toLowerCase();
  return [...trace.rows.values()].filter((row) => [...row.texts()].some((one) => one.toLowerCase().includes(wanted)));
}

export function filterRows(trace: Trace, filter: string): TraceRow[] {
  return [...trace.rows.values()].filter((row) => {
    if (filter === 'errors') return row.error;
    if (filter === 'model') return row.kind === 'model' || row.kind === 'plan';
    if (filter === 'tools') return row.kind === 'tool';
    if (filter === 'agents') return row.kind === 'agent';
    return row.kind !== 'agent' && (row.endMs ?? trace.endMs) - row.startMs > (trace.endMs - trace.startMs) / 10;
  });
}
