import { DiagLogLevel, diag } from '@opentelemetry/api';
import type { SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { WebTracerProvider } from '@opentelemetry/sdk-trace-web';
import { afterEach, expect, test } from 'vitest';
import { ToolCallingAgent, tool } from '../../src/index';
import { FetchBatchSpanProcessor } from '../../src/telemetry/export/processor';
import { runWatcher } from '../../src/telemetry/index';
import { scriptedModel } from '../../src/testing/index';
import { type Collector, startCollector } from '../fakes/collector';
import { diagWarnings } from '../fakes/diag-warnings';
import { endSpans, tracerOf } from '../fakes/ended-spans';

const echo = tool({ name: 'echo', description: 'Says it.', inputs: {}, execute: () => 'it' });
let collector: Collector | undefined;
afterEach(async () => {
  diag.disable();
  await collector?.close();
  collector = undefined;
});

test('a logger that throws changes no run, over the limit of its provider', async () => {
  const log = () => raise('no log');
  const logger = { error: log, warn: log, info: log, debug: log, verbose: log };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  const tracerProvider = new WebTracerProvider({ spanLimits: { attributeCountLimit: 2 } });

  const answer = await answerWith(tracerProvider);

  expect(answer).toBe('done');
});

test.each(['onStart', 'onEnd'] as const)('a span processor that throws in %s changes no run', async (method) => {
  const log = () => raise('no log');
  diag.setLogger({ error: log, warn: log, info: log, debug: log, verbose: log }, { suppressOverrideMessage: true });
  const processor: SpanProcessor = {
    ...{ onStart: () => {}, onEnd: () => {}, forceFlush: async () => {}, shutdown: async () => {} },
    [method]: () => raise('no span'),
  };

  const answer = await answerWith(new WebTracerProvider({ spanProcessors: [processor] }));

  expect(answer).toBe('done');
});

test('a waitUntil that throws loses nothing, and is told of', async () => {
  const told = diagWarnings();
  collector = await startCollector();
  const processor = new FetchBatchSpanProcessor({ url: collector.url, waitUntil: () => raise('too late') });

  endSpans(tracerOf(processor), 6);
  await processor.forceFlush();
  await processor.shutdown();

  expect(processor.counters).toMatchObject({ ended: 7, delivered: 7, lost: 0 });
  expect(told).toEqual([expect.stringContaining('waitUntil threw Error: too late')]);
});

test('what is no span counts as ended and lost', async () => {
  diagWarnings();
  collector = await startCollector();
  const processor = new FetchBatchSpanProcessor({ url: collector.url });

  for (const given of [undefined, {}, { spanContext: () => ({ traceFlags: 1 }) }])
    Reflect.apply(processor.onEnd, processor, [given]);
  await processor.shutdown();

  expect(processor.counters).toMatchObject({ ended: 3, delivered: 0, lost: 3, queued: 0 });
});

function answerWith(tracerProvider: WebTracerProvider): Promise<unknown> {
  const model = scriptedModel(
    { toolCalls: [{ name: 'echo', arguments: {} }] },
    { toolCalls: [{ name: 'final_answer', arguments: { answer: 'done' } }] },
  );
  return new ToolCallingAgent({ model, tools: [echo] }).run('x', { telemetry: runWatcher({ tracerProvider }) });
}

function raise(message: string): never {
  throw new Error(message);
}
