import type { AgentEvent, AgentRun, RunOptions } from '../agents/agent';
import { AgentError } from '../errors';
import type { RunFile } from './recording';
import { replayingClock, replayingIds } from './tape-clock';
import { replayingFetch } from './tape-fetch';
import { ReplyTape, replayingModel } from './tape-model';
import { virtualClock } from './virtual-clock';
import { type AnyAgent, withModels } from './with-models';

/** `log` is given what the run leaves, for `agent.fork` and `agent.resume`. */
export type ReplayOptions = Pick<RunOptions, 'signal' | 'log'>;

/**
 * Runs the agent as the file says: the real loop, tools and sandbox, with the recorded replies, answers of the network,
 * time and ids. Gives the recorded events again, without a model, a network and any waiting; a tool that reaches the world past
 * its handle does so again. Where the program does something else than it did, the run is ended and reading it throws an
 * `AgentError` that names the first request that differs.
 */
export function replayRun(agent: AnyAgent, file: RunFile, { signal, log }: ReplayOptions = {}): AgentRun {
  const departed = new AbortController();
  const depart = (what: string): never => {
    const error = new AgentError(`The program departs from the recording of ${file.recordedAt}: ${what}`);
    departed.abort(error);
    throw error;
  };
  const tape = new ReplyTape(file.modelReplies);
  const order = virtualClock(); // what went on at once ends in the order in which it did, and nothing is waited for
  const copy = withModels(agent, (model) => replayingModel(model, tape, order, depart));
  const run = copy.stream(file.task, {
    ...file.options,
    ...(log && { log }),
    clock: replayingClock(file.clock, order),
    ids: replayingIds(file.ids),
    fetch: replayingFetch(file.exchanges, order, depart),
    signal: signal ? AbortSignal.any([signal, departed.signal]) : departed.signal,
  });
  return orDeparture(run, departed.signal);
}

/** The run, failing with the departure where there was one: what the loop made of it says less. */
function orDeparture(run: AgentRun, departed: AbortSignal): AgentRun {
  const explain = (error: unknown): never => {
    throw departed.aborted ? departed.reason : error;
  };
  async function* events(): AsyncGenerator<AgentEvent> {
    try {
      yield* run;
    } catch (error) {
      explain(error);
    }
  }
  return {
    get result() {
      return run.result.catch(explain);
    },
    abort: (reason) => run.abort(reason),
    fork: (step, edits, options) => run.fork(step, edits, options),
    [Symbol.asyncIterator]: events,
    [Symbol.asyncDispose]: () => run[Symbol.asyncDispose](),
  };
}
