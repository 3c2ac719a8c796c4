import { AgentError } from '../../errors';
import { abortable } from '../../web/abortable';
import { systemClock } from '../../web/clock';
import { randomIds } from '../../web/ids';
import { runtimeFetch } from '../../web/runtime-fetch';
import type { ForkOptions, RunResult } from '../agent';
import { RunWaits } from '../calls/human';
import type { DoorScope } from '../scope';
import type { AgentSettings } from '../settings';
import { checkedBudget } from './budget';
import { abortError } from './context';
import type { Left, RunOrder } from './run-order';

/** What the public door knows of a run beside its options. */
export interface Door {
  from: Left | undefined;
  stream: boolean;
  scope: DoorScope;
}

/** How a run is asked for: going on from another one, by `run` or by `stream`. */
export type Caller = Partial<Pick<Door, 'from' | 'stream'>>;

/** What every run of the public door has; here the surroundings are filled in that the caller left out. */
export function surroundingsAtDoor(settings: AgentSettings, options: ForkOptions, aborter: AbortController) {
  const { signal, budget, meter, clock = systemClock, ids = randomIds, fetch = runtimeFetch } = options;
  return {
    runId: ids(),
    path: [settings.name ?? settings.agentClass],
    signal: signal ? AbortSignal.any([signal, aborter.signal]) : aborter.signal,
    clock,
    ids,
    fetch,
    budget: budget === undefined ? settings.budget : checkedBudget(settings.agentClass, budget),
    above: undefined,
    meter,
    spend: () => {}, // nobody above counts
    abort: (reason: unknown) => aborter.abort(reason),
  };
}

/** Time that is left after an abort, so that the run has its beginning and its span and still ends soon. */
const LATE_MS = 150;

/** What is needed, or undefined where an abort comes first and it does not come soon after. */
export async function soonAfterAbort<Needed>(
  needed: Promise<Needed>,
  { clock, signal }: Pick<RunOrder, 'clock' | 'signal'>,
): Promise<Needed | undefined> {
  return abortable(needed, signal).catch(async (error: unknown) => {
    if (!signal.aborted) throw error;
    const waiting = new AbortController();
    try {
      return await Promise.race([needed, clock.sleep(LATE_MS, waiting.signal).then(() => undefined)]);
    } finally {
      waiting.abort();
    }
  });
}

/** Resolves when who watches is ready to; soon after an abort as well. */
export async function watchersReady({ ready }: DoorScope, surroundings: Pick<RunOrder, 'clock' | 'signal'>) {
  if (ready) await soonAfterAbort(ready(surroundings.clock), surroundings); // watchers never reject
}

/** What an order needs before the run can begin; with an abort meanwhile there is no run, and the abort is thrown. */
export async function beforeBegin<Needed>(needed: Promise<Needed>, signal: AbortSignal): Promise<Needed> {
  try {
    return await abortable(needed, signal);
  } catch (error) {
    throw signal.aborted ? abortError(signal.reason) : error;
  }
}

/** What `run` rejects with where a human is needed. */
export function waitingError(result: RunResult): AgentError {
  const { message } = new RunWaits(result.waiting);
  const error = new AgentError(`${message}: save the result of this error, and go on with \`resume\``, {
    kind: 'waiting',
  });
  error.result = result;
  return error;
}
