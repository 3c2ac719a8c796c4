import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import {
  type AgentEvent,
  type AgentOptions,
  CodeAgent,
  HfApiModel,
  type Model,
  OpenAIModel,
  type RunResult,
  ToolCallingAgent,
  tool,
} from 'smolagents-web';
import { collectEvents, virtualClock } from 'smolagents-web/testing';
import type { WatchRejections } from '../rejections';
import { runResultIn } from '../run-result';
import { settled } from '../settled';
import { spanCounter } from '../span-counter';
import type { ModelFaultCase, ModelName, Settings } from './case';
import { type Attempt, scriptedEndpoint } from './endpoint';

export const KEY = 'hf_TESTKEY_do_not_leak';
const START_MS = Date.parse('2026-01-01T00:00:00Z');
const DEFAULTS: Settings = {
  maxSteps: 6,
  maxRetries: 2,
  retryBaseMs: 500,
  retryCapMs: 8_000,
  maxRetryAfterMs: 60_000,
  requestTimeoutMs: 30_000,
  idleTimeoutMs: 15_000,
  repeatLimit: 3,
  maxResponseBytes: 8_388_608,
};

/** All that expectations and the rules for every case look at. */
export interface Played {
  events: readonly AgentEvent[];
  result: RunResult | undefined;
  error: unknown;
  attempts: readonly Attempt[];
  /** Indexes of the attempts that failed and were announced as tried again. */
  retried: readonly number[];
  toolRuns: readonly (readonly [string, unknown])[];
  virtualMs: number;
  startedSpans: number;
  spans: readonly ReadableSpan[];
  /** Attempts without an entry in the script. */
  missed: number;
  /** What is left behind when the run is over. */
  left: { sleepers: number; attempts: number; rejections: readonly unknown[] };
}

/** Plays a case against one of the models. */
export async function play(item: ModelFaultCase, name: ModelName, watchRejections: WatchRejections): Promise<Played> {
  const { script = [], stream = false } = item;
  const settings: Settings = { ...DEFAULTS, ...item.settings };
  const clock = virtualClock(START_MS);
  const caller = new AbortController();
  const stopped = new AbortController();
  const endpoint = scriptedEndpoint(script, clock, ({ abortAfterMs }) => {
    if (abortAfterMs === undefined) return;
    clock.sleep(abortAfterMs, stopped.signal).then(
      () => caller.abort('the caller has had enough'),
      () => {},
    );
  });
  const traced = spanCounter();
  const toolRuns: [string, unknown][] = [];
  const retried: number[] = [];
  const { maxSteps, repeatLimit, ...modelSettings } = settings;
  const agent = agentOf(item, {
    model: modelOf(name, modelSettings),
    tools: toolsOf((...run) => toolRuns.push(run)),
    streamOutputs: stream,
    maxSteps,
    repeatLimit,
  });
  const rejections = watchRejections();
  const options = { signal: caller.signal, clock, fetch: endpoint.fetch, telemetry: traced.telemetry };
  const { events, result, error } = await collectEvents(agent.stream('Do it.', options), ({ type }) => {
    if (type === 'retry') retried.push(endpoint.attempts.length - 1);
  });
  const virtualMs = clock.now() - START_MS;
  stopped.abort();
  await settled();
  return {
    events,
    result: result ?? runResultIn(error),
    error,
    attempts: endpoint.attempts,
    retried,
    toolRuns,
    virtualMs,
    startedSpans: traced.started(),
    spans: traced.spans,
    missed: endpoint.missed(),
    left: { sleepers: clock.pending, attempts: endpoint.open(), rejections: rejections.stop() },
  };
}

function modelOf(name: ModelName, settings: Omit<Settings, 'maxSteps' | 'repeatLimit'>): Model {
  const address = 'https://endpoint.invalid/v1';
  if (name === 'HfApiModel') return new HfApiModel({ endpointUrl: address, token: KEY, ...settings });
  return new OpenAIModel({ modelId: 'model', apiBase: address, apiKey: KEY, ...settings });
}

function agentOf({ agent }: ModelFaultCase, options: AgentOptions): CodeAgent | ToolCallingAgent {
  return agent === 'code' ? new CodeAgent(options) : new ToolCallingAgent(options);
}

function toolsOf(onRun: (name: string, args: unknown) => void) {
  const number = { type: 'number', description: 'A number.' } as const;
  const add = tool({
    name: 'add',
    description: 'Adds two numbers.',
    inputs: { a: number, b: number },
    execute: ({ a, b }: { a: number; b: number }) => {
      onRun('add', { a, b });
      return a + b;
    },
  });
  const upper = tool({
    name: 'upper',
    description: 'Puts a text in capitals.',
    inputs: { text: { type: 'string', description: 'The text.' } },
    execute: ({ text }: { text: string }) => {
      onRun('upper', { text });
      return text.toUpperCase();
    },
  });
  const boom = tool({
    name: 'boom',
    description: 'Breaks.',
    inputs: {},
    execute: (): string => {
      onRun('boom', {});
      throw new Error('boom: tool broke');
    },
  });
  return [add, upper, boom];
}
