import type { RowError, RowState } from '../trace';
import { forEachRow } from './for-each-row';
import { reasonOf } from './labels';
import type { Repairs } from './repairs';
import { agentOf, lastStepOf, type Row, recoveryOf } from './row';
import { addSums } from './sums';

const SKEW_MS = 1; // clocks of one trace round to it

/** Gives the rows of a file their times, places, sums and states. `order` has parents before their children. Yields wherever the rest may wait. */
export function* settleRows(order: readonly Row[], repairs: Repairs): Generator<void, void> {
  yield* settleTimes(order, repairs);
  yield;
  yield* forEachRow(order, place);
  for (const row of order) if (row.kind === 'agent') settleRun(row);
  yield;
  for (const row of order) if (row.error) markRepeats(row);
  yield* forEachRow(order, (row) => {
    row.state = stateOf(row);
    row.own.errors = row.error && !row.repeats ? 1 : 0;
    addSums(row.below, row.own);
  });
  yield;
  yield* forEachRow(order.toReversed(), (row) => {
    if (row.parent) addSums(row.parent.below, row.below);
  });
}

/** `recovered` where a step went well after it, whatever came later, or an agent above came to an answer. */
export function stateOf(row: Row): RowState {
  if (!row.error) return 'done';
  if (recoveryOf(row)) return 'recovered';
  for (let agent = agentOf(row); agent; agent = agentOf(agent.parent)) if (agent.answered) return 'recovered';
  return 'failed';
}

/** Ancestors that failed with this error tell it again. */
function markRepeats(row: Row): void {
  for (let above = row.parent; above?.error && !above.repeats; above = above.parent)
    above.repeats = tellsAgain(above.error, row);
}

/** Whether an error says what that of the row below it said. */
export function tellsAgain(error: RowError, below: Row): boolean {
  return below.error !== undefined && error.message.includes(reasonOf(below.error.message, below));
}

/** Path of the agents and number of the step. */
export function place(row: Row): void {
  const { parent, kind } = row;
  const path = parent?.path ?? [];
  row.path = kind === 'agent' ? [...path, row.subject] : path;
  row.step = kind === 'agent' ? undefined : kind === 'step' ? Number(/\d+/.exec(row.name)?.[0]) : parent?.step;
}

/** A model asked between steps makes a plan; asked after the last of a run that came to its end, it has the last word. */
function tellPlans(row: Row): Row | undefined {
  const { children, maxSteps, endMs, error, stoppedBy } = row;
  const steps = children.filter(({ kind }) => kind === 'step').length;
  if (!steps) return undefined; // an agent of another kind
  const isUp = steps >= (maxSteps ?? Number.POSITIVE_INFINITY);
  const last = isUp || (endMs !== undefined && !error && !stoppedBy && !isLost(row)) ? children.at(-1) : undefined;
  for (const child of children) if (child.kind === 'model' && child !== last) child.kind = 'plan';
  return last?.kind === 'model' ? last : undefined;
}

function settleRun(row: Row): void {
  if (tellPlans(row) && !row.error) row.stoppedBy ??= 'max_steps_error';
  const isOver = row.endMs !== undefined && !isLost(row);
  const isFailed = row.error !== undefined || row.stoppedBy !== undefined || endsInFailure(row);
  row.answered = !isFailed && (isOver || gaveAnswer(row));
}

/** Whether the last step of a run failed: by its status it may have ended well. */
function endsInFailure(row: Row): boolean {
  return lastStepOf(row)?.error !== undefined;
}

/** Whether the last step of a run without an end, or without a span, gave the final answer. */
function gaveAnswer(row: Row): boolean {
  return (
    lastStepOf(row)?.children.some(
      ({ subject, kind, error }) => kind === 'tool' && subject === 'final_answer' && !error,
    ) ?? false
  );
}

function isLost({ source }: Row): boolean {
  return source.raw === undefined;
}

function* settleTimes(order: readonly Row[], repairs: Repairs): Generator<void, void> {
  for (const row of order.toReversed()) {
    if (!Number.isNaN(row.startMs) && !isLost(row)) continue;
    if (!isLost(row)) repairs.count('without a start, shown where those around are');
    row.startMs = row.children.reduce(
      (first, { startMs }) => Math.min(first, startMs),
      row.endMs ?? Number.POSITIVE_INFINITY,
    );
  }
  const shifts = new Map<Row, number>();
  yield* forEachRow(order, (row) => {
    if (row.startMs === Number.POSITIVE_INFINITY) row.startMs = row.parent?.startMs ?? 0;
    else shift(row, shifts, repairs);
    if (row.endMs === undefined && !isLost(row)) repairs.count('without an end');
    if (row.endMs !== undefined && row.endMs < row.startMs) {
      repairs.count('timed backwards, shown without a duration');
      row.endMs = row.startMs;
    }
  });
  for (const row of order.toReversed())
    if (isLost(row))
      row.endMs = row.children.reduce((last, { startMs, endMs = startMs }) => Math.max(last, endMs), row.startMs);
  yield* forEachRow(order, ({ children }) => sortByStart(children));
}

/** Most often they are in order. */
function sortByStart(rows: Row[]): void {
  const isSorted = rows.every((row, index) => index === 0 || (rows[index - 1]?.startMs ?? 0) <= row.startMs);
  if (!isSorted) rows.sort((a, b) => a.startMs - b.startMs);
}

/** What began before its parent was timed by another clock: it and all below it begin with the parent. */
function shift(row: Row, shifts: Map<Row, number>, repairs: Repairs): void {
  const { parent } = row;
  if (!parent) return;
  let by = shifts.get(parent) ?? 0;
  const early = parent.startMs - (row.startMs + by);
  if (early > SKEW_MS && !isLost(parent)) {
    repairs.count('begun before the one above (another clock), moved to its start');
    by += early;
  }
  if (by === 0) return;
  shifts.set(row, by);
  row.startMs += by;
  if (row.endMs !== undefined) row.endMs += by;
}
