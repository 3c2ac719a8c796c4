import { type Context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { WebTracerProvider } from '@opentelemetry/sdk-trace-web';
import { ToolCallingAgent, tool } from 'smolagents-web';
import { FetchBatchSpanProcessor, type TelemetryCounters, WebCryptoIdGenerator } from 'smolagents-web/telemetry';
import { call, finalAnswer, scriptedModel, virtualClock } from 'smolagents-web/testing';
import type { CollectorCase, Production } from './case';
import { type ScriptedCollector, scriptedCollector } from './collector';

const START_MS = Date.parse('2026-01-01T00:00:00Z');
const ANSWER = 'the run went on';

/** What a case came to. */
export interface Played {
  collector: ScriptedCollector;
  /** Ids of the spans that ended, in order, and whether they were roots. */
  produced: ReadonlyMap<string, { isRoot: boolean }>;
  counters: TelemetryCounters;
  /** Sum of what `onDrop` was told. */
  toldAsDropped: number;
  /** Virtual time from the start until everything was done. */
  virtualMs: number;
  /** Spans held at once at most. */
  mostQueued: number;
  /** What must never be: an answer that changed, an error thrown into the run. */
  problems: string[];
}

/** Plays a case: spans end in a tool of an agent that runs meanwhile. */
export async function play({ settings = {}, produce = [], script = [] }: CollectorCase): Promise<Played> {
  const clock = virtualClock(START_MS);
  const collector = scriptedCollector(script, clock);
  const page = new EventTarget();
  const problems: string[] = [];
  let toldAsDropped = 0;
  const processor = new FetchBatchSpanProcessor({
    url: 'http://collector.test/v1/traces',
    ...settings,
    ...{ clock, page, fetch: collector.fetch },
    onDrop: ({ spans }) => {
      toldAsDropped += spans;
    },
  });
  const produced = new Map<string, { isRoot: boolean }>();
  const endSpans = spanMaker(processor, produced);
  const settled: Promise<unknown>[] = [];
  let mostQueued = 0;

  const happen = (production: Production): void => {
    if (production.event === 'pagehide') page.dispatchEvent(new Event('pagehide'));
    else if (production.event === 'shutdown') settled.push(processor.shutdown());
    else if (production.event === 'forceFlush')
      settled.push(processor.forceFlush().catch(() => undefined)); // late ones count
    else
      endSpans(production, () => {
        mostQueued = Math.max(mostQueued, processor.counters.queued);
      });
  };
  const work = async (): Promise<string> => {
    for (const { atMs, ...production } of timeline(produce)) {
      const waitMs = START_MS + atMs - clock.now();
      if (waitMs > 0) await clock.sleep(waitMs);
      happen({ atMs, ...production });
    }
    return 'worked';
  };
  problems.push(...(await runAgent(work)));
  await Promise.all(settled);
  while (processor.counters.queued > 0) await new Promise((resolve) => setTimeout(resolve, 0)); // the clock goes on by itself
  const virtualMs = clock.now() - START_MS;
  await processor.shutdown();
  problems.push(...collector.problems);
  return { collector, produced, counters: processor.counters, toldAsDropped, virtualMs, mostQueued, problems };
}

/** Spans are ended by a tool, so that an error of the exporter would reach the run. Says what went wrong with it. */
async function runAgent(work: () => Promise<string>): Promise<string[]> {
  const worker = tool({ name: 'work', description: 'Ends spans.', inputs: {}, execute: work });
  const agent = new ToolCallingAgent({ model: scriptedModel(call('work', {}), finalAnswer(ANSWER)), tools: [worker] });
  try {
    const { output, memory } = await agent.run('Work.', { returnFullResult: true });
    const errors = memory.steps.flatMap((step) => (step.type === 'action' && step.error ? [step.error.message] : []));
    return output === ANSWER && errors.length === 0 ? [] : [`the run came to ${String(output)} ${errors.join('; ')}`];
  } catch (error) {
    return [`the run threw ${String(error)}`];
  }
}

/** Everything that happens, in the order of time. */
function timeline(produce: readonly Production[]): Production[] {
  const all = produce.flatMap(({ repeatEveryMs = 0, times = 1, ...production }) =>
    Array.from({ length: times }, (_, index) => ({ ...production, atMs: production.atMs + index * repeatEveryMs })),
  );
  return all.sort((one, other) => one.atMs - other.atMs);
}

/** Ends spans through a provider of OpenTelemetry, as an app would. */
function spanMaker(processor: FetchBatchSpanProcessor, produced: Map<string, { isRoot: boolean }>) {
  const idGenerator = new WebCryptoIdGenerator();
  const provider = new WebTracerProvider({ spanProcessors: [processor], idGenerator });
  const tracer = provider.getTracer('cases');
  const parent = (): Context =>
    trace.setSpanContext(ROOT_CONTEXT, {
      traceId: idGenerator.generateTraceId(),
      spanId: idGenerator.generateSpanId(),
      traceFlags: 1,
    });
  return ({ spans = 0, roots = 0, attrBytes = 100 }: Production, onEnded: () => void): void => {
    for (let index = 0; index < spans; index += 1) {
      const isRoot = index >= spans - roots;
      const attributes = { 'case.filling': 'x'.repeat(attrBytes) };
      const span = tracer.startSpan('case', { attributes }, isRoot ? ROOT_CONTEXT : parent());
      produced.set(span.spanContext().spanId, { isRoot });
      span.end();
      onEnded();
    }
  };
}
