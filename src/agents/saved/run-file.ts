import { AgentConfigurationError } from '../../errors';
import { anything, count, flag, list, number, object, oneOf, record, type Shape, text } from '../../memory/shape';
import { isRecord } from '../../web/record';
import type { RunResult } from '../agent';
import type { LogEntry } from './log-entry';
import { entryFromJson, entryToText } from './log-json';

// A file of kind `run/1` is a run as JSON. It holds a recording, to be replayed, or a log, to be gone on with, or both.

const usage = object({ inputTokens: count, outputTokens: count }, { cachedTokens: count, reasoningTokens: count });
const errorRecord = object({ type: text, code: text, message: text }, { kind: text });
const event: Shape = (value, place) => {
  record(anything)(value, place);
  if (isRecord(value) && typeof value.type !== 'string')
    throw new AgentConfigurationError(`${place} lacks the key "type"`);
};

const shared = {
  kind: oneOf('run/1'),
  modelId: text,
  task: text,
  result: object(
    {
      state: oneOf('success', 'max_steps_error', 'error', 'interrupted', 'budget', 'waiting'),
      usage,
      inclusiveUsage: usage,
    },
    { output: anything, error: errorRecord },
  ),
};
const recording = {
  recordedAt: text,
  settings: record(anything),
  options: object({}, { maxSteps: count, images: list(text), additionalArgs: record(anything) }),
  events: list(event),
  modelReplies: list(
    object(
      { key: text, outline: list(text), parts: list(event) },
      {
        ...{ by: text, durationMs: number, ended: count, partsEnded: list(count) },
        error: object({ message: text }, { kind: text, name: text }),
      },
    ),
  ),
  toolResults: list(object({ path: list(text), call: record(anything), result: record(anything) })),
  exchanges: list(
    object(
      { method: text, url: text, headers: record(anything) },
      {
        ...{ by: text, status: count, durationMs: number, ended: count, bodyEnded: count },
        ...{
          requestBody: text,
          statusText: text,
          finalUrl: text,
          body: text,
          bodyBase64: text,
          error: text,
          errorName: text,
        },
      },
    ),
  ),
  clock: object(
    { readings: list(number), sleeps: list(flag) },
    { ended: list(count), durations: list(number), readBy: list(text), sleptBy: list(text) },
  ),
  ids: list(text),
};
const recordingMore = {
  idsBy: list(text),
  aborted: object({
    reason: text,
    events: count,
    asked: count,
    ended: count,
    at: oneOf('telling', 'working', 'waiting'),
  }),
};
const log = { log: list(anything) };
const spans = { resourceSpans: list(anything) }; // OTLP/JSON, for who looks at the run

/** A file that can be replayed. */
export const recordingShape: Shape = object({ ...shared, ...recording }, { ...recordingMore, ...log, ...spans });
const savedShape: Shape = object({ ...shared, ...log }, { ...recording, ...recordingMore, ...spans });

/** The run as a file that can be gone on with, and forked: all snapshots that are kept are in it. */
export async function writeSavedRun(
  entries: readonly LogEntry[],
  modelId: string,
  { state, error, usage, inclusiveUsage }: Pick<RunResult, 'state' | 'error' | 'usage' | 'inclusiveUsage'>,
): Promise<Record<string, unknown>> {
  const begin = entries.find((entry) => entry.type === 'begin');
  return {
    kind: 'run/1',
    modelId,
    task: begin?.type === 'begin' ? begin.task : '',
    result: { state, usage, inclusiveUsage, ...(error && { error }) },
    log: await Promise.all(entries.map(entryToText)),
  };
}

/**
 * The log in what was saved: a file of `RunResult.save`, or the entries that `RunOptions.log` was given. Throws an
 * `AgentConfigurationError` that names the first place that does not fit.
 */
export function readSavedLog(saved: unknown): LogEntry[] {
  if (!Array.isArray(saved)) savedShape(saved, 'run');
  const entries: unknown = isRecord(saved) ? saved.log : saved;
  if (!Array.isArray(entries)) return [];
  return Array.from(entries, (entry, index) => entryFromJson(entry, `run.log[${index}]`)); // also where there are holes
}
