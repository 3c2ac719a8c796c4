import { eventTime, withTime } from '../../agents/event-time';
import { isRecord } from '../../web/record';
import type { Prices, Trace } from '../trace';
import { LiveTrace } from './live-trace';
import { eventsOfLog, isLogEntry } from './log-events';
import { untagged } from './untagged';

type Fields = Readonly<Record<string, unknown>>;

/** Whether a list holds events of a run, maybe beside other things. */
export function areEvents(list: unknown): boolean {
  return listOf(list).some((each) => isRecord(each) && typeof each.runId === 'string' && Array.isArray(each.path));
}

/** Whether a list holds the log of a run, as `RunOptions.log` is given it, maybe beside other things. */
export function isLog(list: unknown): boolean {
  return listOf(list).some(isLogEntry);
}

const ESTIMATES = 'The file tells when steps began and ended; the times of single calls are estimates.';

/**
 * The trace of a run that was recorded or saved: of its events, or where it has none of its log. They tell when steps
 * began and ended, and a recording how long its models took; what happened in between is spread over the rest, where the
 * events do not say themselves when they were.
 */
export function* readRun(file: Fields, prices: Prices, source: unknown): Generator<void, Trace> {
  const events = listOf(file.events);
  const told = events.length ? events : eventsOfLog(listOf(file.log));
  const durations = replyDurations(file.modelReplies);
  let now = 0;
  let isExact = true;
  const { modelId } = file;
  const live = new LiveTrace({ now: () => now, prices, ...(typeof modelId === 'string' && { modelId }) });
  for (const event of [...told, ...endOf(file, told)]) {
    if (!isRecord(event) || event.type !== 'text') now += 1;
    const { step } = isRecord(event) && event.type === 'step' ? event : {};
    const text = isRecord(step) && typeof step.text === 'string' ? step.text : undefined;
    const plain = events.length ? untagged(event) : event;
    const atMs = isRecord(event) ? eventTime(event) : undefined;
    isExact &&= atMs !== undefined;
    live.add(isRecord(plain) && atMs !== undefined ? withTime(plain, atMs) : plain, {
      modelMs: text === undefined ? undefined : durations(text),
    });
    yield;
  }
  live.close();
  const { task, result } = file;
  return {
    ...live.trace,
    task: live.trace.task || (typeof task === 'string' ? task : ''),
    answer: live.trace.answer ?? (isRecord(result) ? untagged(result.output) : undefined),
    repairs: [...(isExact ? [] : [ESTIMATES]), ...live.trace.repairs],
    source,
  };
}

/** Of a run whose end is in none of its events what its file says of it. */
function endOf({ result }: Fields, told: readonly unknown[]): Fields[] {
  const events = told.filter(isRecord);
  const first = events.find(({ path }) => Array.isArray(path) && path.length < 2);
  const isOver = events.some(({ type, runId }) => type === 'run-end' && runId === first?.runId);
  if (!first || isOver || !isRecord(result)) return [];
  const { path, runId } = first;
  const end = { type: 'run-end', path, runId, state: result.state, error: result.error };
  const atMs = eventTime(events.at(-1) ?? end);
  return [atMs === undefined ? end : withTime(end, atMs)];
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Gives for the text of a step how long its model took, each recorded reply once. */
function replyDurations(replies: unknown): (text: string) => number | undefined {
  const left = (Array.isArray(replies) ? replies : []).flatMap((each) => {
    const { parts, durationMs } = isRecord(each) ? each : {};
    const last: unknown = Array.isArray(parts)
      ? parts.find((part) => isRecord(part) && part.type === 'reply')
      : undefined;
    const { content } = isRecord(last) && isRecord(last.reply) ? last.reply : {};
    return typeof durationMs === 'number'
      ? [{ text: typeof content === 'string' ? content.trim() : '', durationMs }]
      : [];
  });
  return (text) => {
    const said = text.trim();
    const at = left.findIndex((reply) => (reply.text === '' ? said === '' : said.startsWith(reply.text)));
    return at < 0 ? undefined : left.splice(at, 1)[0]?.durationMs;
  };
}
