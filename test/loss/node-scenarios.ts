import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { SpanProcessor } from '@opentelemetry/sdk-trace-web';
import { FetchBatchSpanProcessor } from '../../src/telemetry/export/processor';
import { type Collector, startCollector } from '../fakes/collector';
import { endSpans, tracerOf } from '../fakes/ended-spans';
import { inVirtualTime } from '../fakes/virtual-time';
import type { Arrival, Keeper, Scenario } from './scenario';

const keepers = ['ours', 'stock'] as const;

/** Scenarios that need no page, played in Node. */
export const nodeScenarios: readonly Scenario[] = [
  {
    name: 'the collector is well, 500 spans',
    keepers,
    run: (keeper) =>
      inRealTime(keeper, async (processor) => {
        const ended = endSpans(tracerOf(processor), 499);
        await processor.forceFlush();
        return ended;
      }),
  },
  {
    name: '10,000 spans end in one loop',
    keepers,
    run: (keeper) =>
      inRealTime(keeper, async (processor) => {
        const ended = endSpans(tracerOf(processor), 9_999);
        await processor.forceFlush();
        return ended;
      }),
  },
  {
    name: 'the collector answers 503 for 60 s, 20 spans end each second',
    keepers,
    run: (keeper) =>
      play(keeper, async (processor, collector) => {
        const tracer = tracerOf(processor);
        const startMs = Date.now();
        collector.answer(() => (Date.now() - startMs < 60_000 ? { status: 503 } : {}));
        let ended = 0;
        for (let second = 0; second < 60; second += 1) {
          ended += endSpans(tracer, 19);
          await seconds(1);
        }
        await seconds(35); // longer than any back-off
        await processor.forceFlush();
        return ended;
      }),
  },
  {
    name: 'connections are refused for 20 s, 200 spans',
    keepers,
    run: (keeper) =>
      play(keeper, async (processor, collector) => {
        await collector.close();
        const ended = endSpans(tracerOf(processor), 199);
        await seconds(20);
        await collector.open();
        await seconds(35);
        await processor.forceFlush();
        return ended;
      }),
  },
  {
    name: 'the process ends right after a flush, while an export is under way (1 s)',
    keepers,
    run: (keeper) =>
      play(keeper, async (processor, collector) => {
        collector.answer(() => ({ after: seconds(1) }));
        const ended = endSpans(tracerOf(processor), 511); // a full batch: it is sent at once
        while (collector.requests.length === 0) await seconds(0.1);
        await processor.forceFlush();
        return { ended, arrived: collector.stored.size };
      }),
  },
];

type Work = (processor: SpanProcessor, collector: Collector) => Promise<number | Pick<Arrival, 'ended' | 'arrived'>>;

/** For what takes no time: encoding and compressing much would look like idling. */
function inRealTime(keeper: Keeper, work: Work): Promise<Arrival> {
  return play(keeper, work, (run) => run());
}

/** Both of them alike: the stock processor takes no clock. */
async function play(keeper: Keeper, work: Work, inTime = inVirtualTime): Promise<Arrival> {
  const collector = await startCollector();
  const ours = keeper === 'ours' ? new FetchBatchSpanProcessor({ url: collector.url, format: 'json' }) : undefined;
  const processor = ours ?? new BatchSpanProcessor(new OTLPTraceExporter({ url: collector.url }));
  try {
    const came = await inTime(
      () => work(processor, collector),
      () => collector.isBusy,
    );
    const { ended, arrived } = typeof came === 'number' ? { ended: came, arrived: collector.stored.size } : came;
    return { ended, arrived, ...(ours ? { counted: ours.counters.lost } : {}) };
  } finally {
    await processor.shutdown().catch(() => undefined);
    await collector.close().catch(() => undefined);
  }
}

function seconds(count: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, count * 1_000));
}
