import { ExportResultCode } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ExportFailure } from '../../src/telemetry/export/export-failure';
import { FetchSpanExporter, type FetchSpanExporterOptions } from '../../src/telemetry/export/exporter';
import { virtualClock } from '../../src/testing/virtual-clock';
import { type Collector, type CollectorAnswer, startCollector } from '../fakes/collector';
import { endSpans, tracerOf } from '../fakes/ended-spans';

let collector: Collector;
beforeEach(async () => {
  collector = await startCollector();
});
afterEach(() => collector.close());

test('a body is protobuf with exactly the content type that Phoenix takes, and compressed', async () => {
  const error = await exportSpans({});

  expect(error).toBeUndefined();
  expect(collector.requests[0]?.headers).toMatchObject({
    'content-type': 'application/x-protobuf',
    'content-encoding': 'gzip',
  });
  expect(collector.stored.size).toBe(3);
});

test('a JSON body is the one that the stock exporter sends', async () => {
  const spans = someSpans();
  await exportSpans({ format: 'json', gzip: false }, spans);

  const stock = new OTLPTraceExporter({ url: collector.url });
  await new Promise((resolve) => stock.export(spans, resolve));
  await stock.shutdown();

  const [ours, theirs] = collector.requests.map(({ body }) => JSON.parse(new TextDecoder().decode(body)));
  expect(ours).toEqual(theirs);
  expect(ours.resourceSpans).toHaveLength(1);
});

test.each([
  [
    { status: 503, headers: { 'retry-after': '7' } },
    { retryable: true, status: 503, retryAfterMs: 7_000 },
  ],
  [{ status: 429 }, { retryable: true, status: 429 }],
  [{ status: 500 }, { retryable: false, status: 500 }],
  [
    { status: 400, body: 'bad data' },
    { retryable: false, status: 400, message: expect.stringContaining('bad data') },
  ],
  [{ status: 415 }, { retryable: false, status: 415, message: expect.stringContaining('format') }],
  [{ instead: 'reset' }, { retryable: true, status: undefined }],
] satisfies [CollectorAnswer, object][])('after %o the failure is %o', async (answer, expected) => {
  collector.answer(() => answer);

  const error = await exportSpans({});

  expect(error).toBeInstanceOf(ExportFailure);
  expect(error).toMatchObject(expected);
});

test.each([
  ['broken JSON', { headers: { 'content-type': 'application/json' }, body: '{"partialSuccess":' }],
  ['broken protobuf', { headers: { 'content-type': 'application/x-protobuf' }, body: new Uint8Array([10, 99, 255]) }],
])('a 200 with %s is a success', async (_, answer) => {
  collector.answer(() => answer);

  const error = await exportSpans({});

  expect(error).toBeUndefined();
});

test.each([
  ['JSON', 'application/json', '{"partialSuccess":{"rejectedSpans":"2","errorMessage":"too long"}}'],
  ['JSON called text', 'text/plain', '{"partialSuccess":{"rejectedSpans":"2","errorMessage":"too long"}}'],
  [
    'protobuf',
    'application/x-protobuf',
    new Uint8Array([10, 12, 8, 2, 18, 8, ...new TextEncoder().encode('too long')]),
  ],
])('a partial success in %s is read by its own content type', async (_, type, body) => {
  collector.answer(() => ({ headers: { 'content-type': type }, body }));
  const exporter = new FetchSpanExporter({ url: collector.url });

  const result = await exporter.send(exporter.encoding.encode(someSpans()));

  expect(result).toEqual({ rejectedSpans: 2, message: 'too long' });
});

test('a 200 with a web page is a success that is told of', async () => {
  collector.answer(() => ({ headers: { 'content-type': 'text/html' }, body: '<p>Welcome</p>' }));
  const exporter = new FetchSpanExporter({ url: collector.url });

  const result = await exporter.send(exporter.encoding.encode(someSpans()));

  expect(result).toEqual({ rejectedSpans: 0, message: expect.stringContaining('web page') });
});

test('a collector that hangs is cut off on the clock of the exporter', async () => {
  const clock = virtualClock();

  const error = await exportSpans({ clock, requestTimeoutMs: 2_000, fetch: hang });

  expect(error).toMatchObject({ retryable: true, message: expect.stringContaining('2000 ms') });
  expect(clock.now()).toBe(2_000);
  expect(clock.pending).toBe(0);
});

test.each([['nonsense'], ['ftp://127.0.0.1/'], ['http://']])('the address %s fails for good', async (url) => {
  const error = await exportSpans({ url });

  expect(error).toMatchObject({ retryable: false });
});

test('headers may come from a function, in any spelling, and never show in a failure', async () => {
  collector.answer(() => ({ status: 401 }));

  const error = await exportSpans({ headers: async () => ({ Authorization: 'Bearer s3cret', 'Content-Type': 'x/y' }) });

  expect(collector.requests[0]?.headers).toMatchObject({
    authorization: 'Bearer s3cret',
    'content-type': 'application/x-protobuf',
  });
  expect(String(error)).not.toContain('s3cret');
});

test.each([301, 302, 307, 308])('a redirect (%d) is not followed, and its target is told', async (status) => {
  const other = await startCollector();
  collector.answer(() => ({ status, headers: { location: `${other.url}?key=s3cret` } }));

  const error = await exportSpans({ headers: { authorization: 'Bearer s3cret' } });

  await other.close();
  expect(error).toMatchObject({
    retryable: false,
    status,
    message: expect.stringContaining(`redirects to ${other.url},`),
  });
  expect(String(error)).not.toContain('s3cret');
  expect(other.requests).toHaveLength(0);
});

test('a collector that repeats what it was sent does not make its headers known', async () => {
  const key = 'sk-"1234567890"';
  const body = `no: Bearer ${key}, ${JSON.stringify({ key })}, ${encodeURIComponent(key)} ${'x'.repeat(400)}`;
  collector.answer(() => ({ status: 401, body }));

  const error = await exportSpans({ headers: { authorization: `Bearer ${key}` } });

  expect(String(error)).toContain('answered 401: no: __REDACTED__');
  expect(String(error)).not.toContain('1234567890');
  expect(String(error).length).toBeLessThan(400);
});

test.each([
  ['a line break', { authorization: 'Bearer sk-SECRET\nX' }],
  ['no text', { authorization: { token: 'sk-SECRET' } }],
  ['a wrong name', { 'sk-SECRET:': 'x' }],
])('headers with %s are refused when they are given, without being shown', async (_, headers) => {
  const make = () => Reflect.construct(FetchSpanExporter, [{ url: collector.url, headers }]);
  const later = await exportSpans({ headers: () => headers as Record<string, string> });

  expect(make).toThrow(/^FetchSpanExporter: headers hold (a value for authorization|a name) /);
  expect(make).not.toThrow('SECRET');
  expect(later).toMatchObject({ retryable: false, message: expect.not.stringContaining('SECRET') });
});

test('a headers function that never answers is waited for as long as a request', async () => {
  const clock = virtualClock();

  const error = await exportSpans({ clock, requestTimeoutMs: 2_000, headers: () => new Promise(() => {}) });

  expect(error).toMatchObject({ retryable: true, message: expect.stringContaining('took over 2000 ms') });
  expect(clock.pending).toBe(0);
});

test.each([
  [{ url: '' }, 'url'],
  [{ url: 'http://x', format: 'xml' }, 'format is "xml"'],
  [{ url: 'http://x', retries: 3 }, '`retries`'],
  [{ url: 'http://x', requestTimeoutMs: 0 }, 'requestTimeoutMs is 0'],
])('the settings %o are refused', (options, message) => {
  const make = () => Reflect.construct(FetchSpanExporter, [options]);

  expect(make).toThrow(message);
});

function someSpans(): ReadableSpan[] {
  const memory = new InMemorySpanExporter();
  endSpans(tracerOf(new SimpleSpanProcessor(memory)), 2, {
    text: 'ü "quoted"',
    list: ['a', 'b'],
    number: 1.5,
    yes: true,
  });
  return memory.getFinishedSpans();
}

/** Exports through the stock contract and gives the error of the result. */
async function exportSpans(
  options: Partial<FetchSpanExporterOptions>,
  spans = someSpans(),
): Promise<Error | undefined> {
  const exporter = new FetchSpanExporter({ url: collector.url, ...options });
  return new Promise((resolve) => {
    exporter.export(spans, ({ code, error }) => resolve(code === ExportResultCode.SUCCESS ? undefined : error));
  });
}

function hang(_: unknown, init?: RequestInit): Promise<Response> {
  return new Promise((_resolve, reject) => init?.signal?.addEventListener('abort', () => reject(init.signal?.reason)));
}
