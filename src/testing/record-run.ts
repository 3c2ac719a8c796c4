import type { AgentEvent, AgentRun, RunOptions, RunResult } from '../agents/agent';
import { succinctEvent } from '../agents/succinct-event';
import { AgentError } from '../errors';
import { thrownWords } from '../executors/thrown';
import { systemClock } from '../web/clock';
import { randomIds } from '../web/ids';
import { runtimeFetch } from '../web/runtime-fetch';
import { Progress } from './progress';
import type { ClockTape, RecordedOptions, RecordedReply, RunFile } from './recording';
import { recordingClock, recordingIds } from './tape-clock';
import { fetchRecorder } from './tape-fetch';
import { recordingModel } from './tape-model';
import { type AnyAgent, withModels } from './with-models';

export interface RecordOptions
  extends Pick<RunOptions, 'signal' | 'maxSteps' | 'additionalArgs' | 'clock' | 'ids' | 'fetch'> {
  /** `data:` or `https:` addresses. */
  images?: readonly string[];
  /** Told of each event as it comes. */
  onEvent?(event: AgentEvent): void;
}

/**
 * Runs the agent once and gives the run as a file, also when the run failed: `result.state` says so.
 * The agents and models given are not changed; copies of them run.
 */
export async function recordRun(agent: AnyAgent, task: string, options: RecordOptions = {}): Promise<RunFile> {
  const { onEvent, clock = systemClock, ids = randomIds, fetch = runtimeFetch, ...given } = options;
  const recordedAt = new Date(clock.now()).toISOString();
  const time: Required<ClockTape> = { readings: [], readBy: [], sleeps: [], sleptBy: [], ended: [], durations: [] };
  const used: Required<Pick<RunFile, 'ids' | 'idsBy'>> = { ids: [], idsBy: [] };
  const modelReplies: Promise<RecordedReply | undefined>[] = [];
  const events: AgentEvent[] = [];
  const progress = new Progress(clock);
  const aborted = abortOf(given.signal, progress);
  const web = fetchRecorder(fetch, clock, progress);
  const copy = withModels(agent, (model) => recordingModel(model, modelReplies, { fetch, clock, progress }));

  const run = copy.stream(task, {
    ...given,
    clock: recordingClock(clock, time, progress),
    ids: recordingIds(ids, used),
    fetch: web.fetch,
    log: () => {}, // a replay has one: what ends at the same time then ends in the same order
  });
  const result = await watch(run, (event) => {
    events.push(succinctEvent(event));
    progress.tell(() => onEvent?.(event));
  });

  return {
    kind: 'run/1',
    recordedAt,
    modelId: agent.options.model.modelId,
    settings: agent.toJSON(),
    task,
    options: recordedOptions(given),
    events,
    modelReplies: (await Promise.all(modelReplies)).filter((reply) => reply !== undefined),
    toolResults: events.flatMap((event) =>
      event.type === 'tool-result' ? [{ path: event.path, call: event.call, result: event.result }] : [],
    ),
    exchanges: await web.exchanges(),
    clock: structuredClone(time), // a tool that does not end may go on writing
    ...structuredClone(used),
    ...(result.state === 'interrupted' && aborted()),
    result: summary(result),
  };
}

/** Gives how far the run had come when the signal aborted it, if it has. */
function abortOf(signal: AbortSignal | undefined, progress: Progress): () => Pick<RunFile, 'aborted'> {
  let aborted: RunFile['aborted'];
  const onAbort = () => {
    aborted = { reason: thrownWords(signal?.reason).message, ...progress.mark() };
  };
  if (signal?.aborted) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  return () => {
    signal?.removeEventListener('abort', onAbort);
    return aborted ? { aborted } : {};
  };
}

/** Reads the run to its end; a failed run gives its result too. Throws what is no failure of the run itself. */
async function watch(run: AgentRun, onEvent: (event: AgentEvent) => void): Promise<RunResult> {
  try {
    for await (const event of run) onEvent(event);
    return await run.result;
  } catch (error) {
    if (error instanceof AgentError && error.result) return error.result as RunResult;
    throw error;
  }
}

function recordedOptions({ maxSteps, images, additionalArgs }: RecordOptions): RecordedOptions {
  const options: RecordedOptions = {};
  if (maxSteps !== undefined) options.maxSteps = maxSteps;
  if (images !== undefined) options.images = [...images];
  if (additionalArgs !== undefined) options.additionalArgs = { ...additionalArgs };
  return options;
}

function summary({ state, output, error, usage, inclusiveUsage }: RunResult): RunFile['result'] {
  const result: RunFile['result'] = { state, usage, inclusiveUsage };
  if (output !== undefined) result.output = output;
  if (error) result.error = error;
  return result;
}
