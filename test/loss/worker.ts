import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { FetchBatchSpanProcessor } from '../../src/telemetry/export/processor';
import { endSpans, tracerOf } from '../fakes/ended-spans';

interface ExecutionContext {
  waitUntil(promise: Promise<unknown>): void;
}

/** One for all requests, as the stock processor is used. */
let shared: BatchSpanProcessor | undefined;

/** Ends five spans a request: `?keeper=ours&url=...`, answered with how many. */
export default {
  async fetch(request: Request, _env: unknown, context: ExecutionContext): Promise<Response> {
    const { searchParams } = new URL(request.url);
    const url = searchParams.get('url') ?? '';
    if (searchParams.get('keeper') === 'ours') {
      const processor = new FetchBatchSpanProcessor({ url, waitUntil: (work) => context.waitUntil(work) });
      return Response.json(endSpans(tracerOf(processor), 4));
    }
    shared ??= new BatchSpanProcessor(new OTLPTraceExporter({ url }));
    const ended = endSpans(tracerOf(shared), 4);
    context.waitUntil(shared.forceFlush());
    return Response.json(ended);
  },
};
