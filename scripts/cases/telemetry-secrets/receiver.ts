import { JsonTraceSerializer } from '@opentelemetry/otlp-transformer';
import { type ReadableSpan, SimpleSpanProcessor, type SpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { Fetch } from 'smolagents-web';
import type { Serve, Served } from '../serving';

/** A receiver of OTLP over HTTP that keeps all it gets. */
export interface Receiver {
  processor: SpanProcessor;
  /** As they came over the wire. */
  bodies: Uint8Array[];
  /** Address and headers of each request. */
  requests: string[];
  close(): Promise<void>;
}

export async function openReceiver(serve: Serve, headers: Readonly<Record<string, string>>): Promise<Receiver> {
  const bodies: Uint8Array[] = [];
  const requests: string[] = [];
  const served = await serve(async (request) => {
    requests.push(`${request.url}\n${[...request.headers].map((pair) => pair.join(': ')).join('\n')}`);
    bodies.push(new Uint8Array(await request.arrayBuffer()));
    return new Response('{}', { headers: { 'content-type': 'application/json' } });
  });
  return { processor: sender(served, headers), bodies, requests, close: () => served.close() };
}

/** Sends each span as JSON, by the fetch that reaches the receiver. */
function sender({ url, fetch }: Served, headers: Readonly<Record<string, string>>): SpanProcessor {
  const sent: Promise<unknown>[] = [];
  return new SimpleSpanProcessor({
    export: (spans, done) => {
      sent.push(send(fetch, `${url}/v1/traces`, headers, spans));
      done({ code: 0 });
    },
    forceFlush: async () => void (await Promise.all(sent)),
    shutdown: async () => void (await Promise.all(sent)),
  });
}

async function send(
  fetch: Fetch,
  url: string,
  headers: Readonly<Record<string, string>>,
  spans: ReadableSpan[],
): Promise<void> {
  const body = new Uint8Array(JsonTraceSerializer.serializeRequest(spans) ?? []);
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  await response.arrayBuffer();
}
