import type { TraceRow } from '../trace';

/** The step that went well again: the row's own where its code caught the error, else the next one, of its agent or of one above. */
export function recoveryOf(row: TraceRow): TraceRow | undefined {
  for (let at: TraceRow | undefined = row; at; at = at.parent) {
    if (at.kind !== 'step' || at.parent?.error) continue; // an agent that failed did not recover
    const steps = at.parent?.children ?? [];
    const good = steps.slice(steps.indexOf(at)).find(({ kind, error }) => kind === 'step' && !error);
    if (good) return good;
  }
  return undefined;
}
