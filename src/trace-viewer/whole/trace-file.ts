import type { RunResult } from '../../agents/agent';
import { toJson } from '../../executors/codec';
import { redactor } from '../../telemetry/masking/redact';
import { isRecord } from '../../web/record';
import type { ShownRun } from '../panel-options';
import { areWhole } from '../rewind-place';
import { resourceSpansOf } from '../rows/otlp-rows';
import type { Trace } from '../trace';

/**
 * The trace as a file that `readTrace` opens again: OTLP/JSON; of a run that was watched with its log as well (`run/1`), or where
 * `run` does not have that with its events, if they tell all that the run came from; a run's file as it was. What looks like a
 * key is taken out of every text, as `redact: 'default'` of telemetry does.
 */
export async function traceFile(trace: Trace, run?: ShownRun): Promise<Record<string, unknown>> {
  const redact = await redactor('default');
  const file = redacted(await fileOf(trace, run), redact);
  if (!isRecord(file)) throw new TypeError('a trace file is an object'); // it always is
  return file;
}

async function fileOf(trace: Trace, run: ShownRun | undefined): Promise<unknown> {
  const { source } = trace;
  if (isRecord(source)) {
    if (source.kind === 'run/1' || Array.isArray(source.resourceSpans)) return source;
    if (Array.isArray(source.events))
      return { ...(await cameFrom(trace, source.events, run)), resourceSpans: resourceSpansOf(trace) };
  }
  if (Array.isArray(source) && source.every((each) => isRecord(each) && Array.isArray(each.resourceSpans)))
    return { resourceSpans: source.flatMap(({ resourceSpans }) => resourceSpans) };
  return { resourceSpans: resourceSpansOf(trace) };
}

/** What a run goes on from, beside the spans: log and events have no times. Of a branch and a follow-up the events are not enough. */
async function cameFrom({ task }: Trace, events: readonly unknown[], run: ShownRun | undefined): Promise<object> {
  const saved = await savedRun(events.at(-1), run);
  if (saved) return saved;
  return areWhole(events) ? { kind: 'run/1', task, events: toJson(withoutMessages(events)) } : {};
}

/** With its log, if it is the run whose end is the last that was told, and ran here. */
async function savedRun(last: unknown, run: ShownRun | undefined): Promise<object | undefined> {
  if (!run?.result || !isRecord(last) || last.type !== 'run-end') return undefined;
  const result: RunResult | undefined = await run.result.catch((error) => Object(error).result); // a failed one has it as well
  if (!result || result.runId !== last.runId) return undefined;
  const saved = await result.save().catch(() => undefined); // what was told is saved all the same
  const log = saved?.log;
  return Array.isArray(log) ? { ...saved, log: log.map(withoutSnapshot) } : undefined;
}

/** A sandbox is bytes, in which no key can be seen: who goes on runs the code again. */
function withoutSnapshot({ snapshot, ...entry }: Readonly<Record<string, unknown>>): object {
  return snapshot === undefined || entry.type === 'waiting' ? entry : { ...entry, snapshot: 'lost' };
}

/** The messages of each model call repeat the history. */
function withoutMessages(events: readonly unknown[]): unknown[] {
  return events.map((event) => {
    if (!isRecord(event)) return event;
    const { step, plan } = event;
    return {
      ...event,
      ...(isRecord(step) && { step: { ...step, inputMessages: undefined } }),
      ...(isRecord(plan) && { plan: { ...plan, inputMessages: undefined } }),
    };
  });
}

/** Keys of objects as well: those of tool arguments are a model's words. */
function redacted(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map((each) => redacted(each, redact));
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [redact(key), redacted(each, redact)]));
}
