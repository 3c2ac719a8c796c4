import { toJson } from '../../executors/codec';
import { redactor } from '../../telemetry/masking/redact';
import { isRecord } from '../../web/record';
import { resourceSpansOf } from '../rows/otlp-rows';
import type { Trace } from '../trace';

/**
 * The trace as a file that `readTrace` opens again: OTLP/JSON; with the events as well (`run/1`) of a run that was watched; a
 * run's file as it was. What looks like a key is taken out of every text, as `redact: 'default'` of
 * telemetry does.
 */
export async function traceFile(trace: Trace): Promise<Record<string, unknown>> {
  const redact = await redactor('default');
  const file = redacted(fileOf(trace), redact);
  if (!isRecord(file)) throw new TypeError('a trace file is an object'); // it always is
  return file;
}

function fileOf(trace: Trace): unknown {
  const { source } = trace;
  if (isRecord(source)) {
    if (source.kind === 'run/1' || Array.isArray(source.resourceSpans)) return source;
    if (Array.isArray(source.events))
      return {
        ...{ kind: 'run/1', task: trace.task, events: toJson(withoutMessages(source.events)) },
        resourceSpans: resourceSpansOf(trace), // events have no times
      };
  }
  if (Array.isArray(source) && source.every((each) => isRecord(each) && Array.isArray(each.resourceSpans)))
    return { resourceSpans: source.flatMap(({ resourceSpans }) => resourceSpans) };
  return { resourceSpans: resourceSpansOf(trace) };
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
