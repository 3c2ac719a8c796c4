// A program that ends spans, shuts nothing down, and whose collector is away. A test runs it as a process of its own.
import { FetchBatchSpanProcessor } from '../../src/telemetry/export/processor';
import { endSpans, tracerOf } from './ended-spans';

const processor = new FetchBatchSpanProcessor({
  url: 'http://127.0.0.1:1/v1/traces',
  scheduleDelayMs: 10,
  retryBaseMs: 1,
  retryCapMs: 60_000,
});
endSpans(tracerOf(processor), 3);
process.on('exit', () => console.log(`${processor.counters.retries} retries`));
