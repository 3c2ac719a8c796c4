import type { Outcome, Trace } from '../trace';
import { lastStepOf, type Row } from './row';

/** What a trace tells of itself, of rows that are settled. The first failed run speaks for all; else the first run. */
export function traceOfRows(
  order: readonly Row[],
  rows: ReadonlyMap<string, Row>,
  repairs: readonly string[],
  source: unknown,
): Trace {
  const roots = order.filter(({ parent }) => !parent).sort((a, b) => a.startMs - b.startMs);
  const runs = roots.filter(({ kind }) => kind === 'agent');
  const run = runs.find((each) => outcomeOf(each) === 'failed') ?? runs[0] ?? roots[0];
  const said = run?.source.said(run);
  let startMs = Number.POSITIVE_INFINITY;
  let endMs = Number.NEGATIVE_INFINITY;
  for (const row of order) {
    startMs = Math.min(startMs, row.startMs);
    endMs = Math.max(endMs, row.endMs ?? row.startMs);
  }
  const outcome = run ? outcomeOf(run) : 'stopped';
  return {
    roots,
    rows,
    task: said?.task ?? '',
    outcome,
    stoppedBy: run?.stoppedBy ?? (outcome === 'stopped' ? 'no end was received' : undefined),
    answer: said?.answer,
    startMs: run ? startMs : 0,
    endMs: run ? endMs : 0,
    errors: order.filter(({ own }) => own.errors > 0).sort((a, b) => a.startMs - b.startMs),
    repairs,
    source,
  };
}

function outcomeOf(run: Row): Outcome {
  const { stoppedBy, error, answered, kind, endMs } = run;
  if (stoppedBy === 'waiting') return 'waiting';
  if (stoppedBy !== undefined && stoppedBy !== 'error') return 'stopped';
  const isOver = answered || (kind !== 'agent' && endMs !== undefined);
  if (error || (!isOver && lastStepOf(run)?.state === 'failed')) return 'failed';
  return isOver ? 'answered' : 'stopped';
}
