import type { Trace, TraceRow, Wait } from '../trace';

/** What a run's time went into; `waiting` is all that is none of the others: back-off, a human, the loop itself. */
export type Spending = 'model' | 'tool' | 'sandbox' | 'waiting';

export interface TimeBand {
  /** Milliseconds of the whole trace. Where several go on at once the first of `Spending` counts. */
  totals: Record<Spending, number>;
  /** What most of each stretch was, one after the other; few enough to be drawn. */
  parts: { spending: Spending; startMs: number; endMs: number }[];
}

const ORDER: readonly Spending[] = ['model', 'tool', 'sandbox', 'waiting'];
const SLICES = 200;

/** Where the time went. */
export function timeBand({ rows, startMs, endMs }: Pick<Trace, 'rows' | 'startMs' | 'endMs'>): TimeBand {
  const totals = { model: 0, tool: 0, sandbox: 0, waiting: 0 };
  const sliceMs = (endMs - startMs) / SLICES;
  if (!(sliceMs > 0)) return { totals, parts: [] };
  const slices = Array.from({ length: SLICES }, () => ({ model: 0, tool: 0, sandbox: 0, waiting: 0 }));
  const spend = (spending: Spending, from: number, to: number) => {
    totals[spending] += to - from;
    const last = Math.min(SLICES - 1, Math.floor((to - startMs) / sliceMs));
    for (let index = Math.max(0, Math.floor((from - startMs) / sliceMs)); index <= last; index++) {
      const begin = startMs + index * sliceMs;
      const slice = slices[index];
      if (slice) slice[spending] += Math.max(0, Math.min(to, begin + sliceMs) - Math.max(from, begin));
    }
  };
  const underWay = { model: 0, tool: 0, sandbox: 0, waiting: 1 };
  let at = startMs;
  for (const { ms, spending, change } of changes(rows, endMs)) {
    if (ms > at) spend(ORDER.find((each) => underWay[each] > 0) ?? 'waiting', at, ms);
    at = Math.max(at, ms);
    underWay[spending] += change;
  }
  if (endMs > at) spend('waiting', at, endMs);
  return { totals, parts: partsOf(slices, startMs, sliceMs) };
}

function changes(
  rows: ReadonlyMap<string, TraceRow>,
  nowMs: number,
): { ms: number; spending: Spending; change: 1 | -1 }[] {
  const list: { ms: number; spending: Spending; change: 1 | -1 }[] = [];
  const writers = new Map<TraceRow | undefined, boolean>();
  const waits = waitsOf(rows);
  const add = (spending: Spending, row: TraceRow, fromMs: number, toMs: number) => {
    for (const [from, to] of without(waits.get(row), fromMs, toMs))
      list.push({ ms: from, spending, change: 1 }, { ms: to, spending, change: -1 });
  };
  for (const row of rows.values()) {
    const { kind, startMs, endMs = row.state === 'running' ? nowMs : startMs } = row;
    if (kind === 'model' || kind === 'plan') add('model', row, startMs, endMs);
    else if (kind === 'tool' || kind === 'code') add('tool', row, startMs, endMs);
    else if (kind === 'step') {
      const model = row.children.find((child) => child.kind === 'model');
      if (model?.endMs !== undefined && model.endMs < endMs && writesCode(row.parent, writers))
        add('sandbox', row, model.endMs, endMs);
    }
  }
  return list.sort((a, b) => a.ms - b.ms);
}

/** When a row, or one below it, waited for a human; in order. */
function waitsOf(rows: ReadonlyMap<string, TraceRow>): Map<TraceRow, Wait[]> {
  const found = new Map<TraceRow, Wait[]>();
  for (const row of rows.values()) {
    if (!row.waits) continue;
    for (let at: TraceRow | undefined = row; at; at = at.parent)
      found.set(
        at,
        [...(found.get(at) ?? []), ...row.waits].sort((a, b) => a.fromMs - b.fromMs),
      );
  }
  return found;
}

/** What is left of a stretch of time without the waits in it. */
function without(waits: readonly Wait[] = [], fromMs: number, toMs: number): (readonly [from: number, to: number])[] {
  const left: (readonly [number, number])[] = [];
  let at = fromMs;
  for (const wait of waits) {
    if (wait.fromMs >= toMs) break;
    if (wait.fromMs > at) left.push([at, wait.fromMs]);
    at = Math.max(at, wait.toMs);
  }
  if (toMs > at) left.push([at, toMs]);
  return left;
}

const ASKED_STEPS = 3; // a step may have failed before there was code

/** Whether an agent writes code, as its first steps tell: to read all of ten thousand would take longer than to draw them. */
function writesCode(agent: TraceRow | undefined, known: Map<TraceRow | undefined, boolean>): boolean {
  const told =
    known.get(agent) ??
    agent?.children
      .filter(({ kind }) => kind === 'step')
      .slice(0, ASKED_STEPS)
      .some((step) => step.details().code !== undefined) ??
    false;
  known.set(agent, told);
  return told;
}

function partsOf(slices: readonly Record<Spending, number>[], startMs: number, sliceMs: number): TimeBand['parts'] {
  const parts: TimeBand['parts'] = [];
  for (const [index, slice] of slices.entries()) {
    const spending = ORDER.reduce((most, each) => (slice[each] > slice[most] ? each : most), 'waiting');
    const endMs = startMs + (index + 1) * sliceMs;
    const last = parts.at(-1);
    if (last?.spending === spending) last.endMs = endMs;
    else parts.push({ spending, startMs: endMs - sliceMs, endMs });
  }
  return parts;
}
