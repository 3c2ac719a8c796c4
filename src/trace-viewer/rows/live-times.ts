import type { Timing } from '../../memory/step';
import type { Wait } from '../trace';
import type { Row } from './row';

const JUMP_MS = 1000; // more than events are late: the run has another clock, or is told after it was

/** What is known of a step's times besides when it began and ended. */
export interface KnownTimes {
  /** How long the model took. */
  modelMs: number | undefined;
  /** Whether its events say when they were, by the clock of the step itself: then its rows stay where they are. */
  isExact: boolean;
}

/**
 * Puts a step that ended into the times that the run itself took: its rows were timed by when their events came, which
 * is later where a run is told again, and by another clock where it runs elsewhere.
 */
export function retime(step: Row, timing: Timing, cameMs: number, { modelMs: toldMs, isExact }: KnownTimes): void {
  const model = step.children.find(({ kind }) => kind === 'model');
  const { endMs } = timing;
  const isGoneOn = isExact && (model?.endMs ?? endMs) < timing.startMs; // it waited for a human, or was cut off
  const startMs = isGoneOn ? step.startMs : timing.startMs;
  const [from, atMs, modelMs] = isExact ? [startMs, endMs, undefined] : [step.startMs, cameMs, toldMs];
  const middle = Math.min(model?.endMs ?? atMs, atMs);
  const whole = atMs > from ? (middle - from) / (atMs - from) : 0;
  const modelEnd = Math.min(startMs + (modelMs ?? whole * (endMs - startMs)), endMs);
  const to = (ms: number) =>
    ms <= middle
      ? between(startMs, modelEnd, middle > from ? (ms - from) / (middle - from) : 0)
      : between(modelEnd, endMs, (ms - middle) / (atMs - middle || 1));
  for (const row of step.children) {
    if (row === model) {
      row.startMs = startMs;
      row.endMs = modelEnd;
      continue;
    }
    // an agent's own steps have the run's times already
    row.startMs = Math.min(to(row.startMs), row.children[0]?.startMs ?? Number.POSITIVE_INFINITY);
    if (row.endMs !== undefined) row.endMs = Math.max(to(row.endMs), row.children.at(-1)?.endMs ?? 0);
  }
  const jump = Math.abs(endMs - atMs) > JUMP_MS;
  step.startMs = Math.min(startMs, ...step.children.map((row) => row.startMs)); // of a branch inside an agent, what that kept
  step.endMs = endMs;
  for (let above = step.parent; above; above = above.parent) {
    const first = above.children[0]?.startMs ?? startMs;
    if (jump || above.startMs > first) above.startMs = Math.min(first, above.endMs ?? first);
  }
}

/** The same for a step that waited for a human: it began long before the run that it ends in, and its model was asked then. */
export function retimeRest(step: Row, endMs: number, atMs: number): void {
  const { startMs, children } = step;
  const model = children.find(({ kind }) => kind === 'model');
  retime(step, { startMs, endMs }, atMs, { modelMs: (model?.endMs ?? startMs) - startMs, isExact: false });
}

/** The same waits so much later. */
export function movedWaits(waits: readonly Wait[] | undefined, byMs: number): Wait[] | undefined {
  return waits?.map(({ fromMs, toMs }) => ({ fromMs: fromMs + byMs, toMs: toMs + byMs }));
}

/** Where and when the next row below one begins: when what came before it there ended. */
export function freshBelow(parent: Row, atMs: number): { traceId: string; parent: Row; atMs: number } {
  const startMs = parent.children.at(-1)?.endMs ?? parent.startMs;
  return { traceId: parent.traceId, parent, atMs: Math.min(startMs, atMs) };
}

function between(from: number, to: number, part: number): number {
  return from + (to - from) * Math.max(0, Math.min(1, part));
}
