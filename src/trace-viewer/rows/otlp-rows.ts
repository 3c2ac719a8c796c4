import { isRecord } from '../../web/record';
import type { RowKind, Trace, TraceRow } from '../trace';
import { textOf } from './labels';
import { CALL_ID, KEPT, WAITING } from './span';

type Attributes = Record<string, unknown>;

const KINDS: Readonly<Record<RowKind, string>> = {
  agent: 'AGENT',
  step: 'CHAIN',
  plan: 'LLM',
  model: 'LLM',
  tool: 'TOOL',
  code: 'TOOL',
  other: 'CHAIN',
};

/** Any trace as OTLP/JSON: its rows as spans, in OpenInference's words. Ids that are no hex ones are numbered. */
export function resourceSpansOf({ rows, outcome, stoppedBy }: Trace): unknown[] {
  const runState = outcome === 'stopped' || outcome === 'waiting' ? stoppedBy : undefined;
  const traces = new Map<string, string>();
  const ids = new Map([...rows.keys()].map((id, index) => [id, /^[\da-f]{16}$/.test(id) ? id : hex(index + 1, 16)]));
  const spans = [...rows.values()]
    .filter((row) => row.details().raw !== undefined) // a parent that was not received is none
    .map((row) => {
      const traceId =
        traces.get(row.traceId) ?? (/^[\da-f]{32}$/.test(row.traceId) ? row.traceId : hex(traces.size + 1, 32));
      traces.set(row.traceId, traceId);
      const { error, parent, startMs, endMs } = row;
      const status = error ? { code: 2, message: [error.type, error.message].filter(Boolean).join(': ') } : { code: 1 };
      return {
        ...{ traceId, spanId: ids.get(row.id), parentSpanId: (parent && ids.get(parent.id)) ?? '' },
        ...{ name: nameOf(row), kind: 1, startTimeUnixNano: nanoseconds(startMs) },
        ...(endMs !== undefined && { endTimeUnixNano: nanoseconds(endMs) }),
        attributes: keyValues(attributesOf(row, runState)),
        events: error ? [exceptionOf(row)] : [],
        status: row.state === 'running' ? {} : status,
      };
    });
  return [{ resource: { attributes: [] }, scopeSpans: [{ scope: { name: 'smolagents-web/trace-viewer' }, spans }] }];
}

function exceptionOf({ error, endMs, startMs }: TraceRow): object {
  return {
    name: 'exception',
    timeUnixNano: nanoseconds(endMs ?? startMs),
    attributes: keyValues({
      'exception.type': error?.type,
      'exception.message': error?.message,
      'exception.stacktrace': error?.stack,
    }),
  };
}

/** What was begun as a step and was none, such as the last word, is called what it was: its first name would make it a step again. */
function nameOf({ kind, name, subject }: TraceRow): string {
  return kind === 'other' && /^Step \d+$/.test(name) ? subject : name;
}

/** Those that the file had, or what events told in their place. */
function attributesOf(row: TraceRow, runState: string | undefined): Attributes {
  const { isWaiting, attributes } = row.details();
  const isOfSpan = 'openinference.span.kind' in attributes;
  return {
    ...(isOfSpan && !row.isEdited ? attributes : toldOf(row, runState)),
    ...(isOfSpan ? {} : idAndMore(attributes)),
    [WAITING]: isWaiting ? true : undefined,
    [KEPT]: row.isEdited ? 'edited' : row.isKept ? 'kept' : undefined,
  };
}

/** The id of a call is under the name that spans have for it. */
function idAndMore({ [CALL_ID]: id, ...others }: Readonly<Attributes>): Attributes {
  return {
    [CALL_ID]: id,
    ...Object.fromEntries(Object.entries(others).map(([key, value]) => [`smolagents.${key}`, value])),
  };
}

/** What events told, or what a branch has in place of what a span told. */
function toldOf(row: TraceRow, runState: string | undefined): Attributes {
  const details = row.details();
  const told: Attributes = { 'openinference.span.kind': KINDS[row.kind] };
  if (row.kind === 'agent') {
    Object.assign(told, { 'agent.name': row.subject, 'input.value': details.task, 'input.mime_type': 'text/plain' });
    if (!row.parent) told['smolagents.run_state'] = runState;
    Object.assign(told, output(details.answer));
  } else if (row.kind === 'step') Object.assign(told, output(details.observations));
  else if (row.kind === 'tool' || row.kind === 'code') {
    const given = isRecord(details.arguments)
      ? { args: [], kwargs: details.arguments }
      : { args: [details.arguments], kwargs: {} };
    Object.assign(told, { 'tool.name': row.subject, 'input.value': textOf(given) }, output(details.result));
  } else if (row.kind === 'model' || row.kind === 'plan') {
    const { inputTokens, outputTokens } = row.own;
    told['llm.model_name'] = row.subject;
    if (inputTokens + outputTokens)
      Object.assign(told, { 'llm.token_count.prompt': inputTokens, 'llm.token_count.completion': outputTokens });
    for (const [index, message] of details.messages.entries())
      addMessage(told, index, message, index === details.messages.length - 1);
  }
  return told;
}

function addMessage(
  to: Attributes,
  index: number,
  { role, text, toolCalls }: { role: string; text: string; toolCalls: readonly { name: string; arguments: unknown }[] },
  isReply: boolean,
): void {
  const key = isReply && role === 'assistant' ? 'llm.output_messages.0.message' : `llm.input_messages.${index}.message`;
  to[`${key}.role`] = role;
  if (text) to[`${key}.contents.0.message_content.text`] = text;
  for (const [place, call] of toolCalls.entries()) {
    to[`${key}.tool_calls.${place}.tool_call.function.name`] = call.name;
    to[`${key}.tool_calls.${place}.tool_call.function.arguments`] = textOf(call.arguments);
  }
}

function output(value: unknown): Attributes {
  if (value === undefined) return {};
  return {
    'output.value': textOf(value),
    'output.mime_type': typeof value === 'string' ? 'text/plain' : 'application/json',
  };
}

function keyValues(attributes: Readonly<Attributes>): object[] {
  return Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value: anyValue(value) }],
  );
}

function anyValue(value: unknown): object {
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number')
    return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  return { stringValue: textOf(value) };
}

function nanoseconds(ms: number): string {
  const whole = Math.floor(ms);
  return String(BigInt(whole) * 1_000_000n + BigInt(Math.round((ms - whole) * 1e6)));
}

function hex(number: number, digits: number): string {
  return number.toString(16).padStart(digits, '0');
}
