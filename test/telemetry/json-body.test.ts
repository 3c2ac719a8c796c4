import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { beforeAll, expect, test } from 'vitest';
import { encodings } from '../../src/telemetry/export/otlp';
import { endSpans, tracerOf } from '../fakes/ended-spans';

beforeAll(() => encodings.json.ready?.());

test.each([
  [Number.POSITIVE_INFINITY, { doubleValue: 'Infinity' }],
  [Number.NEGATIVE_INFINITY, { doubleValue: '-Infinity' }],
  [Number.NaN, { doubleValue: 'NaN' }],
  [1e300, { doubleValue: 1e300 }],
  [-(2 ** 63), { doubleValue: -(2 ** 63) }],
  [Number.MAX_SAFE_INTEGER, { intValue: Number.MAX_SAFE_INTEGER }],
  [0.5, { doubleValue: 0.5 }],
])('the number %d becomes %o', (value, expected) => {
  const [attribute, list] = attributesOf({ value, list: [1, value] });

  expect(attribute).toEqual({ key: 'value', value: expected });
  expect(list?.value).toEqual({ arrayValue: { values: [{ intValue: 1 }, expected] } });
});

test('a lone surrogate becomes the replacement character, and a text that only looks like one stays', () => {
  const texts = { half: 'a\ud800b\udfff', whole: '😀', looks: String.raw`\ud800 and \\udfff`, 'key\ud83d': 'x' };

  const attributes = attributesOf({ ...texts, odd: Number.NaN });

  expect(attributes.slice(0, 4).map(({ key, value }) => [key, value.stringValue])).toEqual([
    ['half', 'a\ufffdb\ufffd'],
    ['whole', '😀'],
    ['looks', texts.looks],
    ['key\ufffd', 'x'],
  ]);
});

test('the events of a span with such a number keep theirs, and so does all else', () => {
  const memory = new InMemorySpanExporter();
  const tracer = tracerOf(new SimpleSpanProcessor(memory));
  const odd = tracer.startSpan('odd', { attributes: { number: Number.NaN } });
  odd.addEvent('event', { number: Number.POSITIVE_INFINITY });
  odd.end();
  const even = tracer.startSpan('odd', { attributes: { number: 1 } });
  even.addEvent('event', { number: 2 });
  even.end();

  const [first = {}, second = {}] = spansIn(encodings.json.encode(memory.getFinishedSpans()));

  expect(JSON.stringify(first)).toContain('"doubleValue":"Infinity"');
  expect(Object.keys(first)).toEqual(Object.keys(second));
});

interface Attribute {
  key: string;
  value: { stringValue?: string };
}

/** Attributes of a span as its JSON body has them. */
function attributesOf(attributes: Record<string, string | number | number[]>): Attribute[] {
  const memory = new InMemorySpanExporter();
  endSpans(tracerOf(new SimpleSpanProcessor(memory)), 1, attributes);
  const [span] = spansIn(encodings.json.encode(memory.getFinishedSpans()));
  return span?.attributes ?? [];
}

function spansIn(body: Uint8Array): { attributes?: Attribute[] }[] {
  return JSON.parse(new TextDecoder().decode(body)).resourceSpans[0].scopeSpans[0].spans;
}
