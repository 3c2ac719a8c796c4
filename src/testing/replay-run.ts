import type { AgentEvent, AgentRun, RunOptions, RunResult, RunState } from '../agents/agent';
import type { WaitingCall } from '../agents/calls/human';
import { type OnEnd, RunUnderWay } from '../agents/runs/run-under-way';
import type { LogEntry } from '../agents/saved/log-entry';
import { AgentConfigurationError, AgentError } from '../errors';
import { fromJson, toJson } from '../executors/codec';
import { cut, show } from '../executors/show';
import type { ToolCall } from '../models/model';
import { ReplayProgress } from './progress';
import { RecordedOrder } from './recorded-order';
import type { Exchange, RunFile } from './recording';
import { nameOf, ReplayTime, replayingIds, type Stage } from './tape-clock';
import { replayingFetch } from './tape-fetch';
import { ReplyTape, replayingModel } from './tape-model';
import { virtualClock } from './virtual-clock';
import { type AnyAgent, withModels } from './with-models';

const MAX_SHOWN = 300; // characters of an answer, in the message of a departure
/** What a run comes to by itself; what one does that is cut short may hang on the moment. */
const SETTLED: ReadonlySet<RunState> = new Set(['success', 'max_steps_error', 'error', 'waiting']);

/** `log` is given what the run leaves, for `agent.fork` and `agent.resume`. */
export type ReplayOptions = Pick<RunOptions, 'signal' | 'log'>;

/**
 * Runs the agent as the file says: the real loop, tools and sandbox, with the recorded replies, answers of the network,
 * time and ids. Gives the recorded events again, without a model, a network and any waiting; a tool that reaches the world past
 * its handle does so again. Where the program asks for something else than it did, the run is ended and reading it throws an
 * `AgentError` that names the first request that differs; where it ends otherwise, or before the recording does, reading it
 * throws one that says so, behind the last event. Throws an `AgentConfigurationError` for a run that was interrupted where the
 * file does not say when.
 */
export function replayRun(agent: AnyAgent, file: RunFile, { signal, log }: ReplayOptions = {}): AgentRun {
  if (file.result.state === 'interrupted' && !file.aborted)
    throw new AgentConfigurationError('The recording does not say where its run was interrupted');
  const departed = new AbortController();
  const cut = new AbortController(); // as the recorded run was
  const over = new AbortController();
  const depart = (what: string): never => {
    const error = new AgentError(`The program departs from the recording of ${file.recordedAt}: ${what}`);
    departed.abort(error);
    throw error;
  };
  const order = virtualClock();
  const progress = new ReplayProgress(file.aborted, order, () => cut.abort(file.aborted?.reason));
  const stage: Stage = { order, progress, depart, over: over.signal };
  const tape = new ReplyTape(file.modelReplies);
  const time = new ReplayTime(file.clock, stage);
  const exchanges = [...file.exchanges];
  const results: ResultEntry[] = [];
  const copy = withModels(agent, (model) => replayingModel(model, tape, stage));
  const run = copy.stream(file.task, {
    ...file.options,
    log: (entry) => {
      if (entry.type === 'result') results.push(fromJson(entry) as ResultEntry);
      return log?.(entry);
    },
    clock: time.clock(),
    ids: replayingIds(file, stage),
    fetch: replayingFetch(exchanges, stage),
    signal: AbortSignal.any([...(signal ? [signal] : []), departed.signal, cut.signal]),
  });
  progress.look();
  const told = new RecordedOrder(file.events);
  const check = (result: RunResult | undefined) => {
    if (departed.signal.aborted) throw departed.signal.reason;
    const change = changeOf({ tape, exchanges, results, time, told, file, result });
    if (change !== undefined) depart(change);
  };
  return new RunUnderWay((aborter, onEnd) =>
    replayed(
      run,
      { told, progress, over, isLeft: () => aborter.signal.aborted || signal?.aborted === true, check },
      aborter,
      onEnd,
    ),
  );
}

interface Replay {
  told: RecordedOrder;
  progress: ReplayProgress;
  over: AbortController;
  /** Whether its reader has ended it: it is no other program then. */
  isLeft(): boolean;
  /** Throws where the run is another one; what that says is more than what the loop made of it. */
  check(result: RunResult | undefined): void;
}

async function* replayed(
  run: AgentRun,
  { told, progress, over, isLeft, check }: Replay,
  aborter: AbortController,
  onEnd: OnEnd,
): AsyncGenerator<AgentEvent, void> {
  const onAbort = () => run.abort(aborter.signal.reason);
  if (aborter.signal.aborted) onAbort();
  aborter.signal.addEventListener('abort', onAbort, { once: true });
  try {
    for await (const event of run) {
      progress.event();
      yield* told.after(event);
    }
    yield* told.rest();
    const result = await run.result;
    if (!isLeft()) check(result);
    onEnd(result, undefined);
  } catch (error) {
    yield* told.rest();
    const result = error instanceof AgentError ? (error.result as RunResult | undefined) : undefined;
    if (!isLeft()) check(result);
    if (!(error instanceof AgentError && result)) throw error;
    onEnd(result, error);
  } finally {
    over.abort();
  }
}

/** Where a run that has ended, and asked for nothing that was not recorded, is yet another one. */
function changeOf({ tape, exchanges, results, time, told, file, result }: Replayed): string | undefined {
  if (file.aborted && result?.state === 'interrupted') return undefined; // what else it would have asked for is not known
  if (tape.left > 0)
    return `it has ended, and ${tape.left} of ${file.modelReplies.length} recorded model requests were not made`;
  const unasked = exchanges.find(({ ended }) => ended !== 0);
  if (unasked) return `it has ended, and ${unasked.method} ${unasked.url} was not asked for, which is recorded`;
  const { state, output } = file.result;
  if (!result) return undefined;
  if (result.state !== state) return `its state is "${result.state}", recorded as "${state}"`;
  if (!isSame(result.output, output))
    return `its answer is ${cut(show(result.output), MAX_SHOWN)}, recorded as ${cut(show(output), MAX_SHOWN)}`;
  const waiting = file.events.findLast((event) => event.type === 'waiting');
  const calls = waiting?.type === 'waiting' && state === 'waiting' ? waiting.calls : [];
  if (!isSame(result.waiting, calls))
    return `it waits with ${shownCalls(result.waiting)}, recorded with ${shownCalls(calls)}`;
  const isExact = file.clock.readBy !== undefined && SETTLED.has(state); // where it is not known who read the clock, times differ
  return (
    changedResult(results, file.toolResults) ?? (isExact ? (time.change(doneCalls(results)) ?? told.change) : undefined)
  );
}

/** The calls that gave something, as `RecordedReply.by` names them. */
function doneCalls(results: readonly ResultEntry[]): ReadonlySet<string> {
  const done = results.filter(({ outcome }) => 'output' in outcome);
  return new Set(done.map(({ within, call }) => nameOf([...within, call.id])));
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(toJson(one)) === JSON.stringify(toJson(other));
}

function shownCalls(calls: readonly WaitingCall[]): string {
  return cut(calls.map(({ name, arguments: args }) => `${name} ${show(args)}`).join(', '), MAX_SHOWN);
}

/** The first call that gave something else than is recorded, whether or not anything else hangs on it. */
function changedResult(results: readonly ResultEntry[], recorded: RunFile['toolResults']): string | undefined {
  const left = recorded.map(({ call, result }) =>
    deedTold(call, 'output' in result && !result.error ? result : undefined),
  );
  for (const { call, outcome } of results) {
    if (call.name === 'final_answer') continue; // the answer says it, and code tells no event of it
    const told = deedTold(call, 'output' in outcome ? outcome : undefined);
    const index = left.findIndex(({ deed, gave }) => deed === told.deed && gave === told.gave);
    if (index >= 0) left.splice(index, 1);
    else return `${told.shown}, recorded as ${left.find(({ deed }) => deed === told.deed)?.shown ?? 'not made'}`;
  }
  const unmade = left.find(({ deed, gave }) => gave !== undefined && !deed.startsWith('final_answer '));
  return unmade && `it has ended, and this is recorded: ${unmade.shown}`;
}

function deedTold({ id, name }: ToolCall, result: { output?: unknown } | undefined) {
  const gave = result && JSON.stringify(toJson(result.output));
  const shown = `the call ${id} of ${name} ${gave === undefined ? 'failed' : `gave ${cut(gave, MAX_SHOWN)}`}`;
  return { deed: `${name} ${id}`, gave, shown };
}

type ResultEntry = Extract<LogEntry, { type: 'result' }>;

interface Replayed {
  tape: ReplyTape;
  /** That were not asked for. */
  exchanges: readonly Exchange[];
  /** As the log tells them. */
  results: readonly ResultEntry[];
  time: ReplayTime;
  told: RecordedOrder;
  file: RunFile;
  /** Absent where the run did not begin. */
  result: RunResult | undefined;
}
