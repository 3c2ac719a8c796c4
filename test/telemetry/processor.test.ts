import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AgentConfigurationError, TelemetryError } from '../../src/errors';
import type { Drop } from '../../src/telemetry/export/ledger';
import { FetchBatchSpanProcessor } from '../../src/telemetry/export/processor';
import { virtualClock } from '../../src/testing/virtual-clock';
import type { Fetch } from '../../src/web/fetch';
import { type Collector, startCollector } from '../fakes/collector';
import { diagWarnings } from '../fakes/diag-warnings';
import { endSpans, tracerOf } from '../fakes/ended-spans';

/** A span that is no root, of this process. */
const CHILD = trace.setSpanContext(ROOT_CONTEXT, { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 });

let collector: Collector;
let processor: FetchBatchSpanProcessor | undefined;
beforeEach(async () => {
  collector = await startCollector();
});
afterEach(async () => {
  collector.answer(() => ({ status: 400 })); // nothing left over is tried again
  await processor?.shutdown();
  await collector.close();
});

test('spans are sent when their time has come, without anybody asking', async () => {
  processor = new FetchBatchSpanProcessor({ url: collector.url, scheduleDelayMs: 10 });

  endSpans(tracerOf(processor), 2);
  await collector.received(3);

  expect(collector.requests).toHaveLength(1);
});

test('when a root has ended its trace is sent, long before the others would be', async () => {
  processor = new FetchBatchSpanProcessor({ url: collector.url, scheduleDelayMs: 1_000_000 });

  endSpans(tracerOf(processor), 2);
  await collector.received(3);

  expect(collector.requests).toHaveLength(1);
});

test('roots that end all the time make one request a second', async () => {
  const { clock, fetch } = onVirtualClock();
  processor = new FetchBatchSpanProcessor({ url: collector.url, clock, fetch });
  const tracer = tracerOf(processor);

  for (let count = 0; count < 40; count += 1) {
    endSpans(tracer, 0);
    await clock.sleep(100);
  }
  await processor.forceFlush();

  expect(collector.stored.size).toBe(40);
  expect(collector.requests.length).toBeLessThanOrEqual(6);
});

test('a page does not let more wait than could outlive it, and its requests do', async () => {
  const page = new EventTarget();
  const keepalives: boolean[] = [];
  const spied: Fetch = (input, init) => {
    keepalives.push(init?.keepalive === true);
    return fetch(input, init);
  };
  processor = new FetchBatchSpanProcessor({ url: collector.url, page, fetch: spied, scheduleDelayMs: 1_000_000 });
  const tracer = tracerOf(processor);

  for (let index = 0; index < 60; index += 1)
    tracer.startSpan('child', { attributes: { text: 'x'.repeat(1_000) } }, CHILD).end();
  await collector.received(60);

  expect(keepalives).toEqual([true]);
});

test('a page that is hidden keeps to the wait that its collector asked for', async () => {
  const page = Object.assign(new EventTarget(), { document: { visibilityState: 'hidden' } });
  collector.answer((index) => (index === 0 ? { status: 429, headers: { 'retry-after': '600' } } : {}));
  processor = new FetchBatchSpanProcessor({ url: collector.url, page, maxElapsedMs: 1_000_000, flushTimeoutMs: 100 });
  endSpans(tracerOf(processor), 2);
  while (processor.counters.requests === 0 || collector.requests.length === 0) await new Promise(setImmediate);
  await processor.forceFlush().catch(() => undefined);

  page.dispatchEvent(new Event('visibilitychange'));
  const requestsWhenHidden = processor.counters.requests;
  page.dispatchEvent(new Event('pagehide'));
  await collector.received(3);

  expect(requestsWhenHidden).toBe(1);
});

test('forceFlush waits for back-off and for what is in flight', async () => {
  const { clock, fetch } = onVirtualClock();
  collector.answer((index) => (index < 2 ? { status: 503 } : {}));
  processor = new FetchBatchSpanProcessor({ url: collector.url, clock, fetch });
  endSpans(tracerOf(processor), 4);

  await processor.forceFlush();

  expect(collector.stored.size).toBe(5);
  expect(processor.counters).toMatchObject({ ended: 5, delivered: 5, lost: 0, queued: 0, requests: 3, retries: 2 });
});

test('forceFlush ends in its own time and says how many spans are left', async () => {
  const { clock, fetch } = onVirtualClock();
  collector.answer(() => ({ status: 503 }));
  processor = new FetchBatchSpanProcessor({ url: collector.url, clock, fetch, flushTimeoutMs: 5_000 });
  endSpans(tracerOf(processor), 1);

  const flushed = processor.forceFlush();

  await expect(flushed).rejects.toThrow(TelemetryError);
  await expect(flushed).rejects.toMatchObject({ spans: 2 });
  expect(clock.now()).toBe(5_000);
});

test('a stock exporter fits, and a batch that it failed with is sent again', async () => {
  const { clock } = onVirtualClock();
  let calls = 0;
  const stock = new OTLPTraceExporter({ url: collector.url });
  const flaky: SpanExporter = {
    export: (spans, done) => {
      calls += 1;
      if (calls === 1) done({ code: 1, error: new Error('no luck') });
      else stock.export(spans, done);
    },
    shutdown: () => stock.shutdown(),
  };
  processor = new FetchBatchSpanProcessor({ exporter: flaky, clock: { ...clock, hold: undefined } });
  endSpans(tracerOf(processor), 2);

  await processor.forceFlush();

  expect(collector.stored.size).toBe(3);
  expect(calls).toBe(2);
});

test('roots stay longest when more spans wait than may', async () => {
  const { clock, fetch } = onVirtualClock();
  const drops: Drop[] = [];
  const limits = { maxQueueSpans: 20, maxBatchSpans: 5 };
  collector.answer((index) => (index < 3 ? { status: 503 } : {}));
  processor = new FetchBatchSpanProcessor({
    url: collector.url,
    clock,
    fetch,
    ...limits,
    onDrop: (drop) => drops.push(drop),
  });
  const tracer = tracerOf(processor);

  for (let run = 0; run < 10; run += 1) endSpans(tracer, 9);
  await processor.forceFlush();

  const names = collector.requests.slice(3).flatMap(({ spans }) => spans.map(({ name }) => name));
  expect(names.filter((name) => name === 'root')).toHaveLength(10);
  expect(names).toHaveLength(100 - drops.reduce((sum, { spans }) => sum + spans, 0));
  expect(drops.every(({ reason, roots }) => reason === 'queue_full' && roots === 0)).toBe(true);
});

test('a span that cannot be encoded is lost alone', async () => {
  const told = diagWarnings();
  processor = new FetchBatchSpanProcessor({ url: collector.url, format: 'json' });
  const tracer = tracerOf(processor);
  endSpans(tracer, 2);
  const broken = tracer.startSpan('broken', {}, ROOT_CONTEXT);
  Reflect.set(broken, 'attributes', { text: { toJSON: () => raise('no JSON of me') } });
  Reflect.set(broken, 'status', { code: 0, message: { toJSON: () => raise('no JSON of me') } });
  broken.end();

  await processor.forceFlush();

  expect(processor.counters).toMatchObject({ delivered: 3, lost: 1 });
  expect(told).toEqual([expect.stringContaining('cannot be encoded')]);
});

test('a collector that cannot be reached gives a warning at once, and one for what a shutdown gave up', async () => {
  const told = diagWarnings();
  processor = new FetchBatchSpanProcessor({
    ...{ url: 'http://127.0.0.1:1/v1/traces', maxBatchSpans: 5, shutdownTimeoutMs: 200 },
  });

  endSpans(tracerOf(processor), 19);
  await expect.poll(() => told).toEqual([expect.stringContaining('cannot be reached')]);
  await processor.shutdown();

  expect(told).toEqual([expect.anything(), expect.stringMatching(/was shut down .*\(20 spans lost\)/)]);
  expect(processor.counters).toMatchObject({ ended: 20, delivered: 0, lost: 20, queued: 0 });
});

test.each([
  ['answers 404', undefined, { status: 404 }, ['answered 404']],
  ['answers 415', undefined, { status: 415 }, ['format']],
  [
    'redirects',
    undefined,
    { status: 302, headers: { location: '/elsewhere?key=1' } },
    [/redirects to http:\S+\/elsewhere,/],
  ],
  ['is no address', 'nonsense', undefined, ['"nonsense": it is not an http address']],
  [
    'has a password',
    'http://user:pw@127.0.0.1:1/v1',
    undefined,
    ['http://127.0.0.1:1/v1: its address holds a user name'],
  ],
])('a collector that %s gives a warning for each problem and right counters', async (_, url, answer, words) => {
  const told = diagWarnings();
  if (answer) collector.answer(() => answer);
  processor = new FetchBatchSpanProcessor({ url: url ?? collector.url, maxBatchSpans: 5 });

  endSpans(tracerOf(processor), 19);
  await processor.shutdown();

  expect(told).toEqual(words.map((word) => expect.stringMatching(word)));
  expect(processor.counters).toMatchObject({ ended: 20, delivered: 0, lost: 20, queued: 0 });
});

test('where there is no IndexedDB, a journal is one warning, and spans are delivered from memory', async () => {
  const told = diagWarnings();
  processor = new FetchBatchSpanProcessor({ url: collector.url, journal: true });
  endSpans(tracerOf(processor), 2);

  await processor.forceFlush();

  expect(collector.stored.size).toBe(3);
  expect(told).toEqual([expect.stringContaining('IndexedDB')]);
});

test('a batch that is too large for the collector is sent again in halves, and a span that is too large alone is lost', async () => {
  const told = diagWarnings();
  const drops: Drop[] = [];
  const sizes: number[] = [];
  const picky: Fetch = async (_input, init) => {
    sizes.push(bytesOf(init?.body));
    return new Response('', { status: bytesOf(init?.body) > 4_000 ? 413 : 200 });
  };
  processor = new FetchBatchSpanProcessor({
    url: collector.url,
    fetch: picky,
    gzip: false,
    onDrop: (drop) => drops.push(drop),
  });
  const tracer = tracerOf(processor);
  endSpans(tracer, 15, { text: 'x'.repeat(500) });
  tracer.startSpan('huge', { attributes: { text: 'x'.repeat(5_000) } }, ROOT_CONTEXT).end();

  await processor.forceFlush();

  expect(processor.counters).toMatchObject({ ended: 17, delivered: 16, lost: 1, queued: 0 });
  expect(drops).toMatchObject([{ reason: 'too_large', spans: 1, roots: 1, error: { status: 413 } }]);
  expect(told).toEqual([expect.stringContaining('longer than the collector')]);
  expect(sizes.length).toBeGreaterThan(3);
});

test('a stock exporter that is told 413 gets halves as well', async () => {
  const counts: number[] = [];
  const picky: SpanExporter = {
    export: (spans, done) => {
      counts.push(spans.length);
      done(spans.length > 2 ? { code: 1, error: Object.assign(new Error('too large'), { code: 413 }) } : { code: 0 });
    },
    shutdown: async () => {},
  };
  processor = new FetchBatchSpanProcessor({ exporter: picky });
  endSpans(tracerOf(processor), 3);

  await processor.forceFlush();

  expect(counts).toEqual([4, 2, 2]);
  expect(processor.counters).toMatchObject({ delivered: 4, lost: 0 });
});

test('what onDrop throws reaches nobody', async () => {
  diagWarnings();
  collector.answer(() => ({ status: 400 }));
  processor = new FetchBatchSpanProcessor({ url: collector.url, onDrop: () => raise('from onDrop') });
  endSpans(tracerOf(processor), 1);

  await processor.forceFlush();

  expect(processor.counters.lost).toBe(2);
});

test('where there is a waitUntil, it is given the sending, which begins when no span is open', async () => {
  const given: Promise<unknown>[] = [];
  processor = new FetchBatchSpanProcessor({ url: collector.url, waitUntil: (work) => given.push(work) });

  endSpans(tracerOf(processor), 3);
  await Promise.all(given);

  expect(given.length).toBeGreaterThan(0);
  expect(collector.stored.size).toBe(4);
});

test('when the page goes, a request under way is given up and its spans go again, roots first', async () => {
  const page = new EventTarget();
  const bodies: { keepalive: boolean; bytes: number }[] = [];
  collector.answer((index) => (index === 0 ? { instead: 'hang' } : {}));
  const spied: Fetch = (input, init) => {
    bodies.push({ keepalive: init?.keepalive === true, bytes: bytesOf(init?.body) });
    return fetch(input, init);
  };
  processor = new FetchBatchSpanProcessor({ url: collector.url, page, fetch: spied, gzip: false, maxBatchSpans: 100 });
  endSpans(tracerOf(processor), 99, { text: 'x'.repeat(1_000) });
  await requestsOf(collector, 1);

  page.dispatchEvent(new Event('pagehide'));
  await collector.received(100);

  const [, first, ...others] = bodies;
  expect(first).toMatchObject({ keepalive: true });
  expect(others.every(({ keepalive }) => !keepalive)).toBe(true);
  expect(bodies.slice(1).every(({ bytes }) => bytes <= 61_440)).toBe(true);
  expect(collector.requests.slice(1).some(({ spans }) => spans.some(({ name }) => name === 'root'))).toBe(true);
});

test('a 413 to what a page sent as it was hidden makes halves, and each span arrives once', async () => {
  const page = Object.assign(new EventTarget(), { document: { visibilityState: 'hidden' } });
  collector.answer((index) => (index === 0 ? { status: 413 } : {}));
  processor = new FetchBatchSpanProcessor({ url: collector.url, page });
  endSpans(tracerOf(processor), 9);

  page.dispatchEvent(new Event('visibilitychange'));
  await collector.received(10);
  await processor.forceFlush();

  expect([...collector.stored.values()]).toEqual(Array(10).fill(1));
  expect(collector.requests.map(({ spans }) => spans.length)).toEqual([10, 5, 5]);
  expect(processor.counters).toMatchObject({ delivered: 10, lost: 0, queued: 0 });
});

test('many 413 answers and a shutdown in the middle leave counters that add up', async () => {
  diagWarnings();
  collector.answer(() => ({ status: 413 }));
  processor = new FetchBatchSpanProcessor({ url: collector.url, shutdownTimeoutMs: 20 });
  endSpans(tracerOf(processor), 199);

  await processor.shutdown();

  expect(processor.counters).toMatchObject({ ended: 200, delivered: 0, lost: 200, queued: 0 });
});

test('a page that is hidden sends what outlives it, and the rest in its own time, all of it once', async () => {
  const page = Object.assign(new EventTarget(), { document: { visibilityState: 'hidden' } });
  const keepalives: boolean[] = [];
  const spied: Fetch = (input, init) => {
    keepalives.push(init?.keepalive === true);
    return fetch(input, init);
  };
  processor = new FetchBatchSpanProcessor({ url: collector.url, page, fetch: spied });
  endSpans(tracerOf(processor), 399, { text: 'x'.repeat(1_000) });

  page.dispatchEvent(new Event('visibilitychange'));
  await collector.received(400);

  expect(keepalives[0]).toBe(true);
  expect(keepalives.length).toBeGreaterThan(1);
  expect([...collector.stored.values()].every((times) => times === 1)).toBe(true);
  expect(collector.requests[0]?.spans.some(({ name }) => name === 'root')).toBe(true);
});

test('spans of requests to the collector itself are not made', async () => {
  const plain = globalThis.fetch;
  let isSuppressed = false;
  processor = new FetchBatchSpanProcessor({ url: collector.url });
  const tracer = tracerOf(processor);
  const wrapped: Fetch = (input, init) => {
    isSuppressed = !trace.getTracer('fetch').startSpan('POST').isRecording();
    return plain(input, init);
  };
  globalThis.fetch = Object.assign(wrapped, { __original: plain });

  endSpans(tracer, 1);
  await processor.forceFlush().finally(() => {
    globalThis.fetch = plain;
  });

  expect(collector.stored.size).toBe(2);
  expect(isSuppressed).toBe(false); // the wrapper was never called
});

test.each([
  [{}, 'url is undefined, must be given, or an `exporter`'],
  [{ url: 'http://x', maxBatchSpans: 0 }, 'maxBatchSpans is 0'],
  [{ url: 'http://x', maxBatch: 1 }, '`maxBatch`'],
  [{ url: 'http://x', exporter: new OTLPTraceExporter({}) }, '`url` is a setting of the exporter'],
  [{ exporter: new OTLPTraceExporter({}), journal: true }, 'journal'],
  [{ url: 'http://x', onDrop: 1 }, 'onDrop is 1'],
])('the settings %o are refused', (options, message) => {
  const make = () => Reflect.construct(FetchBatchSpanProcessor, [options]);

  expect(make).toThrow(AgentConfigurationError);
  expect(make).toThrow(message);
});

/** Time is virtual, and stands still while a real request is under way. */
function onVirtualClock() {
  const clock = virtualClock();
  const held: Fetch = async (input, init) => {
    const release = clock.hold();
    try {
      return await fetch(input, init);
    } finally {
      release();
    }
  };
  return { clock, fetch: held };
}

function bytesOf(body: unknown): number {
  return body instanceof Uint8Array ? body.length : 0;
}

async function requestsOf({ requests }: Collector, count: number): Promise<void> {
  while (requests.length < count) await new Promise((resolve) => setTimeout(resolve, 1));
}

function raise(message: string): never {
  throw new Error(message);
}
