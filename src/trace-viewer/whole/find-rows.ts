import type { Trace, TraceRow } from '../trace';

export type RowFilter = 'errors' | 'model' | 'tools' | 'agents' | 'slow';

const SLOW_PART = 0.1;
const SLICE_MS = 4;
const REST_MS = 200; // for who types on: to search again goes first

/** Traces whose rows get, and have, their labels: to make ten thousand takes longer than a person should wait. */
const begun = new WeakSet<Trace['rows']>();
const labelled = new WeakSet<Trace['rows']>();

/**
 * The rows in whose texts `text` stands, in either case of letters, be it as JSON writes it; and those on which it stands, as soon
 * as `makeLabels` is through.
 */
export function searchRows({ rows }: Pick<Trace, 'rows'>, text: string): TraceRow[] {
  if (!text) return [];
  const wanted = new RegExp(writings(text).join('|'), 'i'); // half the time of lower-case copies
  const hasLabels = labelled.has(rows);
  const found: TraceRow[] = [];
  for (const row of rows.values()) {
    const isShown = hasLabels && wanted.test(row.label);
    if (isShown || wanted.test(row.subject) || holds(row.texts(), wanted)) found.push(row);
  }
  return found;
}

/** Makes the labels that are searched, a little at a time. False where that was begun before. */
export async function makeLabels({ rows }: Pick<Trace, 'rows'>): Promise<boolean> {
  if (begun.has(rows)) return false;
  begun.add(rows);
  await pause(REST_MS);
  let dueMs = performance.now() + SLICE_MS;
  for (const { label } of rows.values()) {
    if (performance.now() < dueMs || !label) continue;
    await pause(0);
    dueMs = performance.now() + SLICE_MS;
  }
  labelled.add(rows);
  return true;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The text as it is, and as JSON has it, also where that is all ASCII, as Python writes it; each as a pattern. */
function writings(text: string): string[] {
  const json = JSON.stringify(text).slice(1, -1);
  const ascii = json.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return [...new Set([text, json, ascii])].map((each) => each.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
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
