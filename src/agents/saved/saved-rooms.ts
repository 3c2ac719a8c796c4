import { AgentConfigurationError } from '../../errors';
import { type Clock, held } from '../../web/clock';
import { lazyPart } from '../../web/lazy-part';
import type { HumanAnswers } from '../calls/human';
import type { AgentSettings } from '../settings';
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

/** Where a run goes on by what was saved and answered. Throws an `AgentConfigurationError` for what is refused. */
export async function savedPoint(
  pastOf: PastOf,
  answers: HumanAnswers | undefined,
  settings: AgentSettings,
  clock: Clock,
) {
  return held(clock, async () => {
    const [goingOn, , { checkedPoint }] = await savedRooms(clock);
    const { past, askAbout } = await pastOf(goingOn);
    const isAnswered = answers !== undefined && Object.keys(answers).length > 0;
    const answered = isAnswered ? ({ type: 'answers', answers } as const) : undefined;
    const point = await checkedPoint(answered ? [...past, { within: [], ...answered }] : past, [], settings);
    if (!point) throw new AgentConfigurationError(`${settings.agentClass}: the saved run has no beginning`);
    return { past, answered, point, askAbout };
  });
}
