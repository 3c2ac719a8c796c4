import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { Page } from 'playwright';
import { startPhoenix } from '../receivers/phoenix.mjs';
import { NotInstalledError } from '../receivers/python-package.mjs';
import { loud } from '../steps.mjs';
import { type LargeSpan, largeSpans } from '../trace-viewer-figures/large-trace';

const BATCH = 500; // spans a request
const LIMIT_MS = 120_000; // 17 s for 2,000 spans on two busy cores
const POLL_MS = 1000; // asking it more often keeps it from keeping
const MODEL_CALL = 'HfApiModel.generate'; // in the tree alone: the table behind it has roots, and of 2,000 spans the root is not shown

/** A real Phoenix that keeps the traces of `largeSpans`. */
export interface PhoenixPages {
  /** Sends a trace of so many spans and gives the address of its page, once Phoenix has them all. */
  keep(count: number, page: Page): Promise<string>;
  stop(): Promise<void>;
}

/** Undefined where this machine cannot install Phoenix, which is said; any other failure throws. */
export async function startPhoenixPages(): Promise<PhoenixPages | undefined> {
  try {
    const { origin, stop } = await startPhoenix();
    return { keep: (count, page) => keep(origin, count, page), stop };
  } catch (error) {
    if (!(error instanceof NotInstalledError)) throw error;
    loud(`No figures of Phoenix: ${error.message}`);
    return undefined;
  }
}

/** Milliseconds from navigation until the first rows of a trace's tree are on Phoenix's page. Throws when none come. */
export async function readableInPhoenix(page: Page, address: string): Promise<number> {
  await page.goto(address, { waitUntil: 'commit' });
  const seen = await page.waitForFunction(
    (name) => {
      const rows = [...document.querySelectorAll('li [role=button]')];
      return rows.some((row) => row.textContent?.includes(name) && row.checkVisibility()) && performance.now();
    },
    MODEL_CALL,
    { polling: 'raf', timeout: LIMIT_MS },
  );
  return Number(await seen.jsonValue());
}

async function keep(origin: string, count: number, page: Page): Promise<string> {
  const project = `bench-${count}`;
  const spans = largeSpans(count).map((span) => readable(span, count, project));
  for (let from = 0; from < count; from += BATCH) {
    const body = ProtobufTraceSerializer.serializeRequest(spans.slice(from, from + BATCH));
    const headers = { 'content-type': 'application/x-protobuf' }; // the only one it takes
    const reply = await fetch(`${origin}/v1/traces`, { method: 'POST', headers, body: new Uint8Array(body ?? []) });
    if (!reply.ok) throw new Error(`Phoenix answered ${reply.status} to ${count} spans: ${await reply.text()}`);
  }
  await untilKept(origin, project, count);
  await page.goto(`${origin}/redirects/traces/${traceIdOf(count)}`);
  await page.waitForURL(/\/projects\//, { timeout: LIMIT_MS });
  return page.url();
}

/** Phoenix answers before it has written anything. Throws when the spans do not come. */
async function untilKept(origin: string, project: string, count: number): Promise<void> {
  const query = 'query($name: String!) { getProjectByName(name: $name) { recordCount } }';
  const body = JSON.stringify({ query, variables: { name: project } });
  const headers = { 'content-type': 'application/json' };
  for (const limit = Date.now() + LIMIT_MS; ; ) {
    const reply = await fetch(`${origin}/graphql`, { method: 'POST', headers, body });
    const { data }: { data?: { getProjectByName: { recordCount: number } | null } } = await reply.json();
    const kept = data?.getProjectByName?.recordCount ?? 0;
    if (kept >= count) return;
    if (Date.now() > limit) throw new Error(`Phoenix kept ${kept} of ${count} spans in ${LIMIT_MS / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function traceIdOf(count: number): string {
  return count.toString(16).padStart(32, '0');
}

/** A span of OTLP/JSON as the serialiser wants it, under ids that no trace of another count has: Phoenix keeps an id once. */
function readable(span: LargeSpan, count: number, project: string): ReadableSpan {
  const contextOf = (spanId: string) => ({
    traceId: traceIdOf(count),
    spanId: count.toString(16).padStart(8, '0') + spanId.slice(8),
    traceFlags: 1,
  });
  const startTime = timeOf(span.startTimeUnixNano);
  const endTime = timeOf(span.endTimeUnixNano);
  return {
    name: span.name,
    kind: 0,
    spanContext: () => contextOf(span.spanId),
    ...(span.parentSpanId !== undefined && { parentSpanContext: contextOf(span.parentSpanId) }),
    startTime,
    endTime,
    duration: [endTime[0] - startTime[0], endTime[1] - startTime[1]],
    ended: true,
    status: span.status,
    attributes: Object.fromEntries(
      span.attributes.map(({ key, value }) => [key, 'intValue' in value ? Number(value.intValue) : value.stringValue]),
    ),
    links: [],
    events: [],
    resource: resourceFromAttributes({ 'openinference.project.name': project }),
    instrumentationScope: { name: 'bench' },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function timeOf(nanoseconds: string): [number, number] {
  return [Number(nanoseconds.slice(0, -9)), Number(nanoseconds.slice(-9))];
}
