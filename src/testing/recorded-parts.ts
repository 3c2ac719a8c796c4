import { AgentError } from '../errors';
import type { Model } from '../models/model';
import { type Clock, systemClock } from '../web/clock';
import type { Fetch } from '../web/fetch';
import { ReplayProgress } from './progress';
import type { RunFile } from './recording';
import { namingClock } from './tape-clock';
import { replayingFetch } from './tape-fetch';
import { recordedModel } from './tape-model';
import { virtualClock } from './virtual-clock';

/**
 * The model and the network of a recorded run, for one run of the same agent that has ids and time of its own, such as one of
 * a worker, which may be cut off and gone on with. Nothing is waited for. What the recording does not hold fails: the model as
 * `AgentGenerationError`, a request as `AgentError`. With `clock`, which is that of the wall, each call is given the words and
 * answers that were its own, also where a call before it is not made any more; without it they come in order.
 */
export function recordedParts(file: RunFile): { model: Model; fetch: Fetch; clock: Clock } {
  const refuse = (what: string): never => {
    throw new AgentError(`This run is a recording: ${what}`);
  };
  const order = virtualClock();
  const progress = new ReplayProgress(undefined, order, () => {});
  const stage = { order, progress, depart: refuse, over: new AbortController().signal };
  return {
    model: recordedModel(file),
    fetch: replayingFetch([...file.exchanges], stage),
    clock: namingClock(systemClock),
  };
}
