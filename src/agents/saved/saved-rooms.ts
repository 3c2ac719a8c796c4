import type { Clock } from '../../web/clock';
import { lazyPart } from '../../web/lazy-part';
import type { LogEntry } from './log-entry';

/** Only who forks, resumes or saves a run pays for what that takes. */
export function savedRooms(clock?: Clock) {
  const load = () => Promise.all([import('./go-on'), import('./run-file'), import('./ready-point')]);
  return lazyPart('saved runs', load, clock);
}

/** Reads from what log a run goes on, and about which tools a human is asked meanwhile. */
export type PastOf = (
  goingOn: Pick<typeof import('./go-on'), 'resumedLog' | 'branchLog' | 'calledFrom' | 'savedPast'>,
) => Promise<{ past: readonly LogEntry[]; askAbout?: ReadonlySet<string> }>;
