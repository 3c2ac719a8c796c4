import type { Stretch } from '../time-scale';
import type { Trace } from '../trace';

const LEAST_MS = 1000;
const LEAST_SHARE = 0.1; // of all the time at work: what is shorter hides nothing

/** The long stretches in which nothing was under way: between runs, and between the steps of a run. */
export function idleGaps({ roots, startMs, endMs }: Pick<Trace, 'roots' | 'startMs' | 'endMs'>): Stretch[] {
  const work = roots
    .flatMap((root) => (root.children.length > 0 ? root.children : [root]))
    .sort((a, b) => a.startMs - b.startMs);
  const gaps: Stretch[] = [];
  let idleFromMs = startMs;
  for (const row of work) {
    if (row.startMs > idleFromMs) gaps.push({ fromMs: idleFromMs, toMs: row.startMs });
    const untilMs = row.endMs ?? (row.state === 'running' ? endMs : row.startMs);
    idleFromMs = Math.max(idleFromMs, untilMs);
  }
  if (endMs > idleFromMs) gaps.push({ fromMs: idleFromMs, toMs: endMs });
  const idleMs = gaps.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  const leastMs = Math.max(LEAST_MS, (endMs - startMs - idleMs) * LEAST_SHARE);
  return gaps.filter(({ fromMs, toMs }) => toMs - fromMs >= leastMs);
}
