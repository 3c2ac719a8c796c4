import { context, type Span, SpanKind, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api';
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { expect, test } from 'vitest';
import { readTracesProtobuf } from '../../src/worker/traces/otlp-protobuf';

const MANY = 10_000; // fields

/** Spans with everything that a span can have. */
function spans(): ReadableSpan[] {
  const exporter = new InMemorySpanExporter();
  const tracer = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).getTracer('t', '1.2');
  const root = tracer.startSpan('root ✓', { kind: SpanKind.CLIENT, startTime: [1_700_000_000, 123_456_789] });
  const linked = { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), traceFlags: TraceFlags.SAMPLED };
  const child = tracer.startSpan(
    'child',
    { links: [{ context: linked, attributes: { why: 'because' } }] },
    trace.setSpan(context.active(), root),
  );
  child.setAttributes({
    text: '',
    number: -7,
    large: 2 ** 40,
    part: 0.25,
    yes: true,
    no: false,
    list: ['a', 'b'],
    none: [],
  });
  child.addEvent('happened', { at: 'once' });
  child.setStatus({ code: SpanStatusCode.ERROR, message: 'no' });
  for (const span of [child, root] satisfies Span[]) span.end();
  return exporter.getFinishedSpans();
}

test('a protobuf request reads as the JSON request of the same spans', () => {
  const bytes = ProtobufTraceSerializer.serializeRequest(spans());
  const json: unknown = JSON.parse(new TextDecoder().decode(JsonTraceSerializer.serializeRequest(spans())));

  const read = readTracesProtobuf(bytes ?? new Uint8Array(), MANY);

  expect(plain(read)).toEqual(plain(json));
});

/** Without ids and times that differ by run, empty fields that protobuf leaves out, and numbers as either encoding writes them. */
function plain(value: unknown, key = ''): unknown {
  if (/Id$|UnixNano$/.test(key))
    return typeof value === 'string' ? value.replace(/[0-9a-f]/g, 'x').replace(/x+/, 'x') : value;
  if (Array.isArray(value)) return value.map((item) => plain(item));
  if (typeof value !== 'object' || value === null) return key === 'intValue' ? String(value) : value;
  const kept = Object.entries(value).filter(
    ([name, item]) =>
      name.endsWith('Value') || !(item === 0 || item === '' || (Array.isArray(item) && item.length === 0)),
  );
  return Object.fromEntries(kept.map(([name, item]) => [name, plain(item, name)]));
}

test('a message that is cut anywhere is refused, or ends between two of its fields', () => {
  const bytes = ProtobufTraceSerializer.serializeRequest(spans()) ?? new Uint8Array();

  const read = Array.from({ length: bytes.length }, (_, length) => {
    try {
      return JSON.stringify(readTracesProtobuf(bytes.subarray(0, length), MANY));
    } catch (error) {
      return (error as Error).name;
    }
  });

  expect(new Set(read)).toEqual(new Set(['{}', 'RangeError']));
});

test.each([
  ['a number without an end', [0x48, ...new Array(12).fill(0xff)], 'ten bytes'],
  ['a length beyond the message', [0x0a, 0xff, 0xff, 0x03], 'cut off'],
  ['a length beyond all numbers', [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], 'cut off'],
  ['a group, which nobody writes any more', [0x0b], 'wire type'],
  ['a message where a number is written', [0x08, 0x01], 'wire type'],
  ['text that is no UTF-8', [0x0a, 0x03, 0x1a, 0x01, 0xff], 'utf-8'],
])('%s is refused', (_, bytes, message) => {
  expect(() => readTracesProtobuf(new Uint8Array(bytes), MANY)).toThrow(new RegExp(message, 'i'));
});

test('reading stops at more fields than are allowed, known or not', () => {
  const empty = new Uint8Array(2 * (MANY + 1)).map((_, at) => (at % 2 === 0 ? 0x0a : 0)); // resources without a word
  const unknown = empty.map((byte) => (byte === 0x0a ? 0x7a : byte));

  for (const bytes of [empty, unknown])
    expect(() => readTracesProtobuf(bytes, MANY)).toThrow(
      expect.objectContaining({ message: expect.stringContaining('fields') }),
    );
});

test('values nested too deep are refused before the stack is', () => {
  let bytes: number[] = [];
  for (let depth = 0; depth < 200; depth += 1) bytes = field(5, field(1, bytes));
  const request = field(1, field(2, field(2, field(9, field(2, bytes)))));

  expect(() => readTracesProtobuf(new Uint8Array(request), MANY)).toThrow('nested deeper');
});

function field(number: number, content: readonly number[]): number[] {
  const length: number[] = [];
  for (let left = content.length; ; left = Math.floor(left / 128)) {
    length.push((left % 128) + (left > 127 ? 128 : 0));
    if (left < 128) break;
  }
  return [number * 8 + 2, ...length, ...content];
}
