import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DiagConsoleLogger, DiagLogLevel, diag, ROOT_CONTEXT, SpanStatusCode } from '@opentelemetry/api';
import { type ReadableSpan, type SpanProcessor, WebTracerProvider } from '@opentelemetry/sdk-trace-web';
import { ToolCallingAgent, tool } from 'smolagents-web';
import { FetchBatchSpanProcessor, runWatcher, startTelemetry } from 'smolagents-web/telemetry';
import { call, finalAnswer, scriptedModel, virtualClock } from 'smolagents-web/testing';
import type { Measurement } from './measurement';
import { median } from './median';

const ATTRIBUTES = 40;
const SPANS = 100; // few a round, so that the median is of rounds that nothing else on the machine broke into
const STEPS = 40;
const WARM_UP_PAIRS = 2; // of each collector: the compiler takes its time
/** What a model takes to answer: less than any takes over a network, with the goal; and next to nothing, for the figure alone. */
const LATENCIES_MS = { quick: 50, instant: 5 };
const LIMITS = { attributeCountLimit: 10_000 };

/** How many times each thing is measured. */
export interface TelemetryCostOptions {
  spanRounds?: number;
  runPairs?: number;
}

/** What watching costs: a span recorded, and a run whose collector is away. */
export async function measure({
  spanRounds = 200,
  runPairs = 9,
}: TelemetryCostOptions = {}): Promise<readonly Measurement[]> {
  const goal = { atMost: 1.05 };
  return [
    ...(await spanCosts(spanRounds)),
    ...(await runCosts({ pairs: runPairs, latencyMs: LATENCIES_MS.quick })).map((cost) => ({ ...cost, goal })),
    ...(await runCosts({ pairs: runPairs, latencyMs: LATENCIES_MS.instant })),
  ];
}

/** Scope opened, attributes written, ended into the processor; what is sent and encoded is not in it. */
async function spanCosts(rounds: number): Promise<readonly Measurement[]> {
  const attributes = Object.entries((await recorded()).attributes);
  if (attributes.length !== ATTRIBUTES)
    throw new Error(`a span has ${attributes.length} attributes, not ${ATTRIBUTES}`);
  const ours: number[] = [];
  const bare: number[] = [];
  for (let round = -60; round < rounds; round += 1) {
    const processor = new FetchBatchSpanProcessor({
      ...{ url: 'http://127.0.0.1/v1/traces', fetch: async () => new Response('') },
      ...{ scheduleDelayMs: 600_000, maxBatchSpans: 2 * SPANS, maxBodyBytes: 2 ** 30, maxQueueBytes: 2 ** 30 },
    });
    const watched = microsecondsASpan(await scopesOf(processor));
    await processor.shutdown();
    const plain = microsecondsASpan(plainSpans(attributes));
    if (round < 0) continue; // the first rounds are for the compiler
    ours.push(watched);
    bare.push(plain);
  }
  return [
    { name: 'span with 40 attributes, recorded', median: median(ours), unit: 'µs', goal: { atMost: 20 } },
    { name: 'the same attributes on a bare OpenTelemetry span', median: median(bare), unit: 'µs' },
    { name: 'ours to bare', median: median(ours.map((value, index) => value / (bare[index] ?? 0))), unit: 'x' },
  ];
}

function microsecondsASpan(record: () => void): number {
  const startMs = performance.now();
  for (let count = 0; count < SPANS; count += 1) record();
  return ((performance.now() - startMs) * 1_000) / SPANS;
}

/** One call of a model with a short history: as much as makes 40 attributes. */
async function scopesOf(processor: SpanProcessor): Promise<() => void> {
  const tracerProvider = new WebTracerProvider({ spanProcessors: [processor], spanLimits: LIMITS });
  const watcher = runWatcher({ tracerProvider });
  await watcher.ready();
  const run = watcher.watch({
    ...{ type: 'run', agentClass: 'ToolCallingAgent', agentName: undefined, agentDescription: undefined },
    ...{
      runId: 'run',
      task: 'Find out.',
      earlierRunId: undefined,
      previousTask: undefined,
      maxSteps: 20,
      toolNames: [],
      managedAgents: [],
    },
    options: {
      ...{ stream: false, reset: true, images: 0 },
      ...{ additionalArgs: undefined, maxSteps: undefined, returnFullResult: undefined },
    },
  });
  const model = scriptedModel();
  const messages = (['system', 'user', 'assistant', 'tool-response', 'assistant'] as const).map((role) => ({
    role,
    content: `What the ${role} says, in a sentence or two that are as long as such sentences are.`,
  }));
  const request = {
    messages,
    tools: [],
    stream: false,
    signal: new AbortController().signal,
    fetch,
    clock: virtualClock(),
  };
  const reply = {
    content: 'The answer to it.',
    toolCalls: [],
    usage: { inputTokens: 1_200, outputTokens: 90, cachedTokens: 800, reasoningTokens: 40 },
    ...{ model: 'gpt-4o-mini', id: 'reply', finishReason: 'stop' },
  };
  return () => {
    const scope = run.child({ type: 'model', modelClass: 'OpenAIModel', modelId: 'gpt-4o-mini', model, request });
    scope.end({ type: 'reply', reply });
  };
}

function plainSpans(attributes: readonly (readonly [string, ReadableSpan['attributes'][string]])[]): () => void {
  const kept: ReadableSpan[] = [];
  const keeper = keeping(kept);
  const tracer = new WebTracerProvider({ spanProcessors: [keeper], spanLimits: LIMITS }).getTracer('bare');
  return () => {
    const span = tracer.startSpan('OpenAIModel.generate', {}, ROOT_CONTEXT);
    for (const [key, value] of attributes) if (value !== undefined) span.setAttribute(key, value);
    span.setStatus({ code: SpanStatusCode.OK });
    span.end();
  };
}

/** A span as ours, to be looked at. */
async function recorded(): Promise<ReadableSpan> {
  const kept: ReadableSpan[] = [];
  (await scopesOf(keeping(kept)))();
  const [span] = kept;
  if (!span) throw new Error('no span was recorded');
  return span;
}

function keeping(kept: ReadableSpan[]): SpanProcessor {
  const nothing = async () => {};
  return { onStart: () => {}, onEnd: (span) => void kept.push(span), forceFlush: nothing, shutdown: nothing };
}

/** A run of 40 steps with a collector that is away, against the same run that nobody watches, in turns. */
async function runCosts({ pairs, latencyMs }: { pairs: number; latencyMs: number }): Promise<readonly Measurement[]> {
  const measurements: Measurement[] = [];
  diag.setLogger(new DiagConsoleLogger(), DiagLogLevel.NONE);
  for (const [name, behaviour] of Object.entries(COLLECTORS)) {
    const collector = await openCollector(behaviour);
    const ratios: number[] = [];
    for (let pair = -WARM_UP_PAIRS; pair < pairs; pair += 1) {
      const [watched, unwatched] =
        pair % 2 === 0
          ? [await runMs(latencyMs, collector.url), await runMs(latencyMs)]
          : [await runMs(latencyMs), await runMs(latencyMs, collector.url)].reverse();
      if (pair >= 0) ratios.push((watched ?? 0) / (unwatched ?? 0));
    }
    await collector.close();
    measurements.push({
      name: `40 steps, model of ${latencyMs} ms, ${name}, to unwatched`,
      median: median(ratios),
      unit: 'x',
    });
  }
  return measurements;
}

type Behaviour = 'refuse' | 'slow' | 'hang';
const COLLECTORS: Readonly<Record<string, Behaviour>> = {
  'collector down': 'refuse',
  'collector answering after 3 s': 'slow',
  'collector hanging': 'hang',
};
const SLOW_MS = 3_000;

async function openCollector(behaviour: Behaviour): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    request.resume();
    if (behaviour === 'slow') setTimeout(() => response.writeHead(200).end(), SLOW_MS).unref();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  };
  if (behaviour === 'refuse') await close();
  return { url: `http://127.0.0.1:${port}/v1/traces`, close: behaviour === 'refuse' ? async () => {} : close };
}

/** How long a run takes, watched where there is a collector. Throws where its answer is not the one of the script. */
async function runMs(latencyMs: number, url?: string): Promise<number> {
  const add = tool({
    name: 'add',
    description: 'Adds two numbers.',
    inputs: { a: { type: 'number', description: 'One.' }, b: { type: 'number', description: 'Another.' } },
    execute: ({ a, b }: { a: number; b: number }) => a + b,
  });
  const script = Array.from({ length: STEPS - 1 }, (_, index) => call('add', { a: index, b: 1 }));
  const late = [...script, finalAnswer('added')].map((entry) => ({ ...entry, delayMs: latencyMs }));
  const agent = new ToolCallingAgent({ model: scriptedModel(...late), tools: [add], maxSteps: STEPS });
  const telemetry = url === undefined ? undefined : startTelemetry({ url, global: false, ...NO_PATIENCE });
  const startMs = performance.now();
  const answer = await agent.run('Add.', { telemetry: telemetry?.watcher ?? false });
  const tookMs = performance.now() - startMs;
  await telemetry?.shutdown();
  if (answer !== 'added') throw new Error(`the run's answer was ${String(answer)}`);
  return tookMs;
}

/** Sends within the run, which is shorter than the default delay, and waits for nobody after it. */
const NO_PATIENCE = { scheduleDelayMs: 100, shutdownTimeoutMs: 0 };
