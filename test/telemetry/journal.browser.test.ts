import { afterEach, expect, test } from 'vitest';
import type { Drop } from '../../src/telemetry/export/ledger';
import { FetchBatchSpanProcessor } from '../../src/telemetry/export/processor';
import type { FetchBatchSpanProcessorOptions } from '../../src/telemetry/export/processor-options';
import type { Fetch } from '../../src/web/fetch';
import { diagWarnings } from '../fakes/diag-warnings';
import { endSpans, tracerOf } from '../fakes/ended-spans';

/** Each of these is what one tab has: all share the database of their origin. */
const tabs: FetchBatchSpanProcessor[] = [];
afterEach(async () => {
  await Promise.all(tabs.splice(0).map((tab) => tab.shutdown()));
});

test('what a tab leaves behind is sent by the next one, once', async () => {
  const name = 'left-behind';
  const first = tab(name, { fetch: down });
  const ended = endSpans(tracerOf(first), 6);
  await first.shutdown();

  const next = tab(name);
  await delivered(next, ended);
  await next.shutdown();
  const third = tab(name);
  await third.forceFlush();

  expect(first.counters).toMatchObject({ ended, delivered: 0, lost: 0, journaled: ended });
  expect(next.counters).toMatchObject({ ended, restored: ended, delivered: ended });
  expect(third.counters).toMatchObject({ ended: 0, restored: 0 });
});

test('spans of a tab that lives are its own; when it goes, another takes them over at once', async () => {
  const name = 'two-tabs';
  const living = tab(name, { fetch: down });
  const ended = endSpans(tracerOf(living), 3);
  await rowsOf(name, ended);
  const other = tab(name);
  await other.forceFlush();
  const restoredBefore = other.counters.restored;

  await living.shutdown();
  await delivered(other, ended);

  expect(restoredBefore).toBe(0);
  expect(other.counters).toMatchObject({ restored: ended, delivered: ended });
});

test('two tabs that find the same rows send each of them once', async () => {
  const name = 'a-race';
  const first = tab(name, { fetch: down });
  const ended = endSpans(tracerOf(first), 9);
  await first.shutdown();

  const both = [tab(name), tab(name)];
  await Promise.race(both.map((each) => delivered(each, ended)));
  await Promise.all(both.map((each) => each.forceFlush()));

  expect(both.reduce((sum, { counters }) => sum + counters.delivered, 0)).toBe(ended);
});

test('what was delivered lies on no disk', async () => {
  const name = 'delivered';
  const only = tab(name);
  endSpans(tracerOf(only), 3);

  await only.forceFlush();
  await only.shutdown();

  expect(await countRows(name)).toBe(0);
});

test('what is too old is deleted unsent, and counted', async () => {
  const name = 'old';
  const drops: Drop[] = [];
  diagWarnings();
  const first = tab(name, { fetch: down });
  const ended = endSpans(tracerOf(first), 2);
  await first.shutdown();
  await new Promise((resolve) => setTimeout(resolve, 5)); // the one thing that real time is for here: to grow old

  tab(name, { journal: { name, maxAgeMs: 1 }, onDrop: (drop) => drops.push(drop) });
  while (drops.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));

  expect(drops).toEqual([{ reason: 'expired', spans: ended, roots: 0 }]);
  expect(await countRows(name)).toBe(0);
});

test('beyond maxBytes spans are kept in memory alone, with one warning', async () => {
  const name = 'full';
  const told = diagWarnings();
  const only = tab(name, { journal: { name, maxBytes: 2_000 }, fetch: down });
  const tracer = tracerOf(only);
  const ended = endSpans(tracer, 20);
  await rowsOf(name, 1);
  endSpans(tracer, 3);

  await only.shutdown();

  const { journaled, lost } = only.counters;
  expect(journaled).toBeGreaterThan(0);
  expect(journaled + lost).toBe(ended + 4);
  expect(told.filter((text) => text.includes('maxBytes'))).toHaveLength(1);
});

test('a journal that was full goes on when there is room again', async () => {
  const name = 'room-again';
  diagWarnings();
  let answer = down;
  const options = { journal: { name, maxBytes: 2_000 }, fetch: (...given: Parameters<Fetch>) => answer(...given) };
  const only = tab(name, { ...options, scheduleDelayMs: 0, retryBaseMs: 1, retryCapMs: 1 });
  const tracer = tracerOf(only);
  const ended = endSpans(tracer, 30);
  await rowsOf(name, 1);
  answer = up;
  await delivered(only, ended);
  answer = down;

  endSpans(tracer, 3);
  await only.shutdown();

  expect(only.counters).toMatchObject({ delivered: ended, journaled: 4, lost: 0 });
});

test('a write that failed takes nothing from those after it', async () => {
  const name = 'failed-once';
  const told = diagWarnings();
  const only = tab(name, { fetch: down });
  const tracer = tracerOf(only);
  endSpans(tracer, 1);
  await rowsOf(name, 2);
  const { transaction } = IDBDatabase.prototype;
  IDBDatabase.prototype.transaction = () => {
    throw new DOMException('The disk is full.', 'QuotaExceededError');
  };
  endSpans(tracer, 1);
  while (told.length < 2) await new Promise((resolve) => setTimeout(resolve, 5)); // that, and the collector that is away
  IDBDatabase.prototype.transaction = transaction;

  endSpans(tracer, 1);
  await only.shutdown();

  expect(only.counters).toMatchObject({ journaled: 4, lost: 2 });
  expect(told.join()).toContain('the journal cannot be used');
});

test('maxBytes holds for all tabs together', async () => {
  const name = 'three-tabs';
  diagWarnings();
  const three = [1, 2, 3].map(() => tab(name, { journal: { name, maxBytes: 3_000 }, fetch: down }));
  for (const each of three) await each.forceFlush(); // all are open

  for (const each of three) endSpans(tracerOf(each), 20, { text: 'x'.repeat(100) });
  await Promise.all(three.map((each) => each.shutdown()));

  const bytes = await bytesOfRows(name);
  expect(bytes).toBeGreaterThan(2_500);
  expect(bytes).toBeLessThanOrEqual(3_000);
});

test('a tab that opens leaves the rows of a living one, however old', async () => {
  const name = 'old-and-living';
  diagWarnings();
  const living = tab(name, { fetch: down });
  const ended = endSpans(tracerOf(living), 2);
  await rowsOf(name, ended);
  await new Promise((resolve) => setTimeout(resolve, 5)); // to grow old

  const other = tab(name, { journal: { name, maxAgeMs: 1 } });
  await other.forceFlush();
  const rowsMeanwhile = await countRows(name);
  await living.shutdown();

  expect(rowsMeanwhile).toBe(ended);
  expect(living.counters).toMatchObject({ journaled: ended, lost: 0 });
});

test('where storage is denied, spans are delivered from memory, with one warning', async () => {
  const told = diagWarnings();
  const open = indexedDB.open;
  IDBFactory.prototype.open = () => {
    throw new DOMException('The operation is insecure.', 'SecurityError');
  };
  const only = tab('denied');
  const ended = endSpans(tracerOf(only), 2);

  await only.forceFlush().finally(() => {
    IDBFactory.prototype.open = open;
  });

  expect(only.counters).toMatchObject({ delivered: ended, lost: 0 });
  expect(told).toEqual([expect.stringContaining('SecurityError')]);
});

function tab(name: string, options: Partial<FetchBatchSpanProcessorOptions> = {}): FetchBatchSpanProcessor {
  const opened = new FetchBatchSpanProcessor({
    ...{ url: '/v1/traces', journal: { name }, fetch: up, shutdownTimeoutMs: 150 },
    ...options,
  });
  tabs.push(opened);
  return opened;
}

const up: Fetch = async () => new Response('', { status: 200 });
const down: Fetch = async () => new Response('', { status: 503 });

async function delivered(of: FetchBatchSpanProcessor, spans: number): Promise<void> {
  while (of.counters.delivered < spans) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function rowsOf(name: string, count: number): Promise<void> {
  while ((await countRows(name)) < count) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function countRows(name: string): Promise<number> {
  return (await rowsIn(name)).length;
}

async function bytesOfRows(name: string): Promise<number> {
  return (await rowsIn(name)).reduce((sum, { body }) => sum + body.length, 0);
}

function rowsIn(name: string): Promise<{ body: Uint8Array }[]> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(name, 1);
    opening.onupgradeneeded = () => opening.transaction?.abort(); // no tab has made it yet
    opening.onerror = () => resolve([]);
    opening.onsuccess = () => {
      const database = opening.result;
      const reading = database.transaction('spans').objectStore('spans').index('owner').getAll();
      reading.onsuccess = () => {
        database.close();
        resolve(reading.result);
      };
      reading.onerror = () => reject(reading.error);
    };
  });
}
