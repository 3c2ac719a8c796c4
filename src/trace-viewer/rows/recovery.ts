import type { Row } from './row';

/** The step that went well again: the row's own where its code caught the error, else the next one, of its agent or of one above. */
export function recoveryOf(row: Row): Row | undefined {
  for (let at: Row | undefined = row; at; at = at.parent) {
    if (at.kind !== 'step') continue;
    const steps = at.parent?.children ?? [];
    const good = steps.slice(steps.indexOf(at)).find(wentWell);
    if (good) return good;
  }
  return undefined;
}

function wentWell({ kind, error, endMs, stoppedBy }: Row): boolean {
  return kind === 'step' && !error && endMs !== undefined && stoppedBy === undefined;
}
