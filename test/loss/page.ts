import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { SpanProcessor } from '@opentelemetry/sdk-trace-web';
import { FetchBatchSpanProcessor } from '../../src/telemetry/export/processor';
import { endSpans, tracerOf } from '../fakes/ended-spans';
import type { Keeper } from './scenario';

/** What the test may ask of the page. */
export interface LossPage {
  /** Resolves when a journal is open. */
  start(keeper: Keeper, url: string): Promise<void>;
  /** Ends so many spans with about 400 bytes each; returns how many. */
  end(spans: number): number;
  /** Losses that the keeper counted. */
  counted(): number;
}

let processor: SpanProcessor;

const page: LossPage = {
  start: async (keeper, url) => {
    processor =
      keeper === 'stock'
        ? new BatchSpanProcessor(new OTLPTraceExporter({ url }))
        : new FetchBatchSpanProcessor({ url, journal: keeper === 'journal' });
    if (keeper === 'journal') await processor.forceFlush();
  },
  end: (spans) => endSpans(tracerOf(processor), spans - 1, { text: noise(400) }),
  counted: () => (processor instanceof FetchBatchSpanProcessor ? processor.counters.lost : 0),
};
Object.assign(globalThis, { page });

/** Text that does not compress to nothing. */
function noise(length: number): string {
  let text = '';
  while (text.length < length) text += Math.random().toString(36).slice(2);
  return text.slice(0, length);
}
