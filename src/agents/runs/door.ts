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

/** Time that watchers have after an abort, so that their run has its span and still ends soon. */
const LATE_WATCHERS_MS = 150;

/** Resolves when who watches is ready to; soon after an abort as well. */
export async function watchersReady({ ready }: DoorScope, { clock, signal }: Pick<RunOrder, 'clock' | 'signal'>) {
  if (!ready) return;
  const isReady = ready(clock); // watchers never reject
  await abortable(isReady, signal).catch(async () => {
    const waiting = new AbortController();
    await Promise.race([isReady, clock.sleep(LATE_WATCHERS_MS, waiting.signal)]);
    waiting.abort();
  });
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
