import { AgentError, type AgentEvent, type AgentRun, type RunResult } from 'smolagents-web';
import { virtualClock } from 'smolagents-web/testing';
import type { WatchRejections } from '../rejections';
import { runResultIn } from '../run-result';
import { settled } from '../settled';
import { spanCounter } from '../span-counter';
import type { EndsCase } from './case';
import { teamOf } from './team';

/** When a run is ended: behind event number `event` (0 for before the first one), and this long after it. */
export interface Moment {
  event: number;
  microtasks: number;
  turns: number;
}

/** What one run came to. */
export interface EndedRun {
  moment: Moment | undefined;
  state: RunResult['state'] | undefined;
  /** What must never be. */
  problems: readonly string[];
}

const ERROR_STATUS = 2; // of OpenTelemetry

/** Plays the run to its end once, to learn its events, and then once for each moment. */
export async function play(item: EndsCase, watchRejections: WatchRejections): Promise<EndedRun[]> {
  if (item.by === 'budget') return playBudgets(item, watchRejections);
  const whole = await playOnce(item, undefined, undefined, watchRejections);
  const runs: EndedRun[] = [whole];
  for (const moment of momentsOf(item, whole.events))
    runs.push(await playOnce(item, moment, undefined, watchRejections));
  return runs;
}

/** Each millisecond of the run is once the one at which its budget of time is spent. */
async function playBudgets(item: EndsCase, watchRejections: WatchRejections): Promise<EndedRun[]> {
  const whole = await playOnce(item, undefined, undefined, watchRejections);
  const runs: EndedRun[] = [whole];
  const longest = Math.ceil(whole.virtualMs) + 1;
  for (let durationMs = 1; durationMs <= longest; durationMs += Math.ceil(longest / MOST_BUDGETS))
    runs.push(await playOnce(item, undefined, durationMs, watchRejections));
  return runs;
}

const MOST_BUDGETS = 60;

function momentsOf({ by, microtasks = [0], turns = [] }: EndsCase, events: number): Moment[] {
  const behind = Array.from({ length: events }, (_, index) => index + 1);
  if (by === 'leave') return behind.map((event) => ({ event, microtasks: 0, turns: 0 })); // there is no later then
  return [
    { event: 0, microtasks: 0, turns: 0 },
    ...behind.flatMap((event) => [
      ...microtasks.map((count) => ({ event, microtasks: count, turns: 0 })),
      ...turns.map((count) => ({ event, microtasks: 0, turns: count })),
    ]),
  ];
}

async function playOnce(
  item: EndsCase,
  moment: Moment | undefined,
  durationMs: number | undefined,
  watchRejections: WatchRejections,
): Promise<EndedRun & { events: number; virtualMs: number }> {
  const clock = virtualClock();
  const team = teamOf(item, clock);
  const traced = spanCounter();
  const caller = new AbortController();
  const rejections = watchRejections();
  const run = team.agent.stream('Do it.', {
    clock,
    fetch: team.fetch,
    signal: caller.signal,
    telemetry: traced.telemetry,
    ...(durationMs !== undefined && { budget: { durationMs } }),
  });
  const stop = stopper(item, run, caller);
  const events: AgentEvent[] = [];
  const error = await read(run, events, item.by === 'leave' ? moment?.event : undefined, async () => {
    if (events.length !== moment?.event) return;
    for (let count = 0; count < moment.microtasks; count += 1) await undefined;
    if (moment.turns > 0) await settled(moment.turns);
    await stop();
  });
  const ended = await run.result.catch((failure: unknown) => failure);
  const virtualMs = clock.now();
  await settled();
  const result = runResultIn(ended) ?? (ended instanceof Error ? undefined : (ended as RunResult));
  const unhandled = rejections.stop().map((reason) => `nobody handles ${String(reason)}`);
  const hasLeft = item.by === 'leave' && moment !== undefined;
  const problems = [
    ...unhandled,
    ...endProblems(events, result, error, hasLeft),
    ...spanProblems(traced, result, events.length > 0),
    ...(clock.pending > 0 ? [`${clock.pending} timers are left`] : []),
    ...(team.underWay() > 0 ? [`${team.underWay()} requests or tools are still under way`] : []),
  ];
  return { moment, state: result?.state, problems, events: events.length, virtualMs };
}

function stopper({ by }: EndsCase, run: AgentRun, caller: AbortController): () => void | Promise<void> {
  if (by === 'signal') return () => caller.abort('enough');
  if (by === 'abort') return () => run.abort('enough');
  return async () => run[Symbol.asyncDispose]();
}

/** Reads the events; gives what reading them threw. `onEvent` is not waited for: the run goes on meanwhile. */
async function read(
  run: AgentRun,
  events: AgentEvent[],
  leaveAt: number | undefined,
  onEvent: () => Promise<void>,
): Promise<unknown> {
  const stops: Promise<void>[] = [];
  if (leaveAt === undefined) stops.push(onEvent()); // for a run that is ended before it has begun
  try {
    for await (const event of run) {
      events.push(event);
      if (events.length === leaveAt) break;
      if (leaveAt === undefined) stops.push(onEvent());
    }
    return undefined;
  } catch (error) {
    return error;
  } finally {
    await Promise.all(stops);
  }
}

function endProblems(
  events: readonly AgentEvent[],
  result: RunResult | undefined,
  error: unknown,
  hasLeft: boolean,
): string[] {
  if (!result) return ['the run has no result'];
  const problems: string[] = [];
  const ends = events.filter(({ type }) => type === 'run-end').length;
  if (!hasLeft && (ends !== 1 || events.at(-1)?.type !== 'run-end'))
    problems.push(`${ends} run-end events, or not last`);
  if (error === undefined && !hasLeft && result.state !== 'success') problems.push('reading the events threw nothing');
  if (error !== undefined && !(error instanceof AgentError)) problems.push(`the run threw ${String(error)}`);
  if (result.error && result.error.kind !== 'aborted' && result.error.kind !== 'budget')
    problems.push(`the run failed: ${result.error.message}`);
  return problems;
}

function spanProblems(
  { spans, started }: ReturnType<typeof spanCounter>,
  result: RunResult | undefined,
  hasBegun: boolean,
): string[] {
  const roots = spans.filter(({ parentSpanContext }) => !parentSpanContext);
  const failed = result?.state === 'interrupted' || result?.state === 'error';
  return [
    ...(roots.length === (hasBegun ? 1 : 0) ? [] : [`${roots.length} root spans`]),
    ...(spans.length === started() ? [] : [`${started()} spans began, ${spans.length} ended`]),
    ...(roots.every(({ status }) => (status.code === ERROR_STATUS) === failed)
      ? []
      : ['the root span tells another end']),
  ];
}
