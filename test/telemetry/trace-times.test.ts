import { type HrTime, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { WebTracerProvider } from '@opentelemetry/sdk-trace-web';
import { expect, test } from 'vitest';
import { ToolCallingAgent, tool } from '../../src/index';
import { FetchBatchSpanProcessor } from '../../src/telemetry/export/processor';
import { runWatcher } from '../../src/telemetry/index';
import { scriptedModel } from '../../src/testing/index';

const RUNS = 100;

test('spans of the app above a run and in its tools begin and end within their parents', async () => {
  const { tracer, spans, tracerProvider } = traced();
  const opens = tool({
    name: 'opens',
    description: 'Opens a span.',
    inputs: {},
    execute: async (_args, { context }) => {
      const span = tracer.startSpan('in the tool', {}, context as typeof ROOT_CONTEXT);
      await Promise.resolve();
      span.end();
      return 'opened';
    },
  });

  for (let run = 0; run < RUNS; run += 1) {
    const above = tracer.startSpan('above', {}, ROOT_CONTEXT);
    const model = scriptedModel(call('opens', {}), call('final_answer', { answer: 1 }));
    const context = trace.setSpan(ROOT_CONTEXT, above);
    await new ToolCallingAgent({ model, tools: [opens] }).run('x', {
      telemetry: runWatcher({ tracerProvider, context }),
    });
    above.end();
  }

  const ended = spans();
  expect(ended.filter(({ name }) => name === 'in the tool')).toHaveLength(RUNS);
  expect(ended.filter((span) => !isWithin(span, ended)).map(({ name }) => name)).toEqual([]);
});

test('times that an app gives itself stay', () => {
  const { tracer, spans } = traced();
  const past = Date.now() - 60_000;

  tracer.startSpan('past', { startTime: past }, ROOT_CONTEXT).end(past + 1_000);
  tracer.startSpan('exact', { startTime: [1_700_000_000, 5] }, ROOT_CONTEXT).end([1_700_000_001, 7]);

  const [first, second] = spans();
  expect(first?.startTime).toEqual([Math.floor(past / 1_000), (past % 1_000) * 1_000_000]);
  expect(first?.duration).toEqual([1, 0]);
  expect(second).toMatchObject({ startTime: [1_700_000_000, 5], endTime: [1_700_000_001, 7] });
});

/** A provider as apps have it, with our processor, whose collector is away. */
function traced() {
  const memory = new InMemorySpanExporter();
  const ours = new FetchBatchSpanProcessor({ exporter: new InMemorySpanExporter() });
  const tracerProvider = new WebTracerProvider({ spanProcessors: [ours, new SimpleSpanProcessor(memory)] });
  return { tracerProvider, tracer: tracerProvider.getTracer('app'), spans: () => memory.getFinishedSpans() };
}

function call(name: string, args: Record<string, unknown>) {
  return { toolCalls: [{ name, arguments: args }] };
}

function isWithin(span: ReadableSpan, all: readonly ReadableSpan[]): boolean {
  const parent = all.find((other) => other.spanContext().spanId === span.parentSpanContext?.spanId);
  return !parent || (nanos(parent.startTime) <= nanos(span.startTime) && nanos(span.endTime) <= nanos(parent.endTime));
}

function nanos([seconds, rest]: HrTime): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(rest);
}
