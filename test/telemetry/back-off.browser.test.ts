import { afterEach, beforeAll, expect, test } from 'vitest';
import { FetchBatchSpanProcessor } from '../../src/telemetry/export/processor';
import type { Fetch } from '../../src/web/fetch';
import { diagWarnings } from '../fakes/diag-warnings';
import { endSpans, tracerOf } from '../fakes/ended-spans';

const AN_HOUR_MS = 3_600_000;
let processor: FetchBatchSpanProcessor | undefined;
// what sends is fetched at its first use, which may take longer than the short limits below
beforeAll(() =>
  Promise.all([import('../../src/telemetry/export/dispatcher'), import('../../src/telemetry/export/delivery')]),
);
afterEach(() => processor?.shutdown());

test.each(['online', 'pageshow'])('%s ends the back-off at once', async (event) => {
  diagWarnings();
  const collector = away();
  processor = waiting(collector.fetch);
  const ended = endSpans(tracerOf(processor), 4);
  await processor.forceFlush().catch(() => undefined);
  const before = { ...processor.counters };

  collector.isBack = true;
  window.dispatchEvent(new Event(event));
  await delivered(processor, ended);

  expect(before).toMatchObject({ delivered: 0, queued: ended, requests: 1 });
  expect(processor.counters).toMatchObject({ delivered: ended, lost: 0, requests: 2 });
});

test('a wait that the collector asked for goes on, whatever the page hears', async () => {
  diagWarnings();
  const collector = away({ 'retry-after': '3600' });
  processor = waiting(collector.fetch);
  endSpans(tracerOf(processor), 4);
  await processor.forceFlush().catch(() => undefined);

  collector.isBack = true;
  window.dispatchEvent(new Event('online'));
  await processor.forceFlush().catch(() => undefined);

  expect(processor.counters).toMatchObject({ delivered: 0, queued: 5, requests: 1 });
});

test('a page that hears that it is online while nothing waits sends nothing', async () => {
  const collector = away();
  processor = waiting(collector.fetch);

  window.dispatchEvent(new Event('online'));
  await processor.forceFlush();

  expect(processor.counters).toMatchObject({ requests: 0, lost: 0 });
});

/** One that answers 503 until it is back. */
function away(headers: Record<string, string> = {}): { isBack: boolean; fetch: Fetch } {
  const collector = {
    isBack: false,
    fetch: async () => new Response('', collector.isBack ? {} : { status: 503, headers }),
  };
  return collector;
}

/** Would wait for hours after a failure. */
function waiting(fetch: Fetch): FetchBatchSpanProcessor {
  return new FetchBatchSpanProcessor({
    ...{ url: '/v1/traces', fetch, flushTimeoutMs: 50, shutdownTimeoutMs: 50 },
    ...{ retryBaseMs: AN_HOUR_MS, retryCapMs: AN_HOUR_MS, maxElapsedMs: 10 * AN_HOUR_MS },
  });
}

async function delivered(of: FetchBatchSpanProcessor, spans: number): Promise<void> {
  while (of.counters.delivered < spans) await new Promise((resolve) => setTimeout(resolve, 5));
}
