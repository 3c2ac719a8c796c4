import type { SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { FetchBatchSpanProcessor } from 'smolagents-web/telemetry';
import type { Serve } from '../serving';

/** A receiver of OTLP over HTTP that keeps all it gets, and the SDK's own processor that sends to it. */
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
  const { url, fetch, close } = await serve(async (request) => {
    requests.push(`${request.url}\n${[...request.headers].map((pair) => pair.join(': ')).join('\n')}`);
    bodies.push(new Uint8Array(await request.arrayBuffer()));
    return new Response('{}', { headers: { 'content-type': 'application/json' } });
  });
  const processor = new FetchBatchSpanProcessor({
    ...{ url: `${url}/v1/traces`, headers, fetch },
    ...{ format: 'json', gzip: false }, // texts are looked for in the bodies as they are
  });
  return { processor, bodies, requests, close };
}
