import { DiagLogLevel, diag } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { ManagedAgent, ToolCallingAgent, tool } from '../../src/index';
import { type RunWatcher, runWatcher, startTelemetry } from '../../src/telemetry/index';
import { scriptedModel } from '../../src/testing/index';
import { startCollector } from '../fakes/collector';
import { tracing } from '../fakes/tracing';

const STEPS = 40;
const MESSAGES = 200;
const STEPS_BEFORE = 27; // with a text, a call and an observation each, but the last
const ROLE = /"llm\.input_messages\.(\d+)\.message\.role"/g;
const warnings: string[] = [];
const next = tool({
  name: 'next',
  description: 'The next page.',
  inputs: { page: { type: 'integer', description: 'Its number.' } },
  execute: ({ page }: { page: number }) => `page ${page}`,
});

afterEach(() => {
  diag.disable();
  warnings.length = 0;
});

/** Goes on for 40 steps from a run before, so that the last model call is told of 200 messages. */
async function longRun(telemetry: RunWatcher): Promise<void> {
  diag.setLogger(
    { warn: (text) => void warnings.push(text), error: () => {}, info: () => {}, debug: () => {}, verbose: () => {} },
    DiagLogLevel.WARN,
  );
  const model = scriptedModel(...turns(STEPS_BEFORE), ...turns(STEPS));
  const agent = new ToolCallingAgent({ model, tools: [next], maxSteps: STEPS });
  const before = await agent.run('Read some pages.', { telemetry: false, returnFullResult: true });
  await before.continue('Read all pages.', { telemetry });
}

/** Replies of the model for so many steps: each says something and calls a tool, the last one only answers. */
function turns(steps: number) {
  const usage = { inputTokens: 10, outputTokens: 2 };
  const reading = Array.from({ length: steps - 1 }, (_, index) => ({
    content: `I take page ${index}.`,
    toolCalls: [{ name: 'next', arguments: { page: index } }],
    usage,
  }));
  return [...reading, { toolCalls: [{ name: 'final_answer', arguments: { answer: 'read' } }], usage }];
}

test('with startTelemetry all attributes of 40 steps and 200 messages arrive', async () => {
  const collector = await startCollector();
  onTestFinished(() => collector.close());
  const kept = new InMemorySpanExporter();
  await using telemetry = startTelemetry({
    url: collector.url,
    format: 'json',
    gzip: false,
    global: false,
    spanProcessors: [new SimpleSpanProcessor(kept)],
  });

  await longRun(telemetry.watcher);
  await telemetry.flush();

  const steps = kept.getFinishedSpans().filter(({ name }) => name.startsWith('Step '));
  const bodies = collector.requests.map(({ body }) => new TextDecoder().decode(body));
  const arrived = bodies.flatMap((body) => [...body.matchAll(ROLE)].map(([, number]) => Number(number)));
  expect(steps).toHaveLength(STEPS);
  expect(arrived.filter((number) => number === MESSAGES - 1)).toHaveLength(1);
  expect(new Set(arrived).size).toBe(MESSAGES);
  expect(kept.getFinishedSpans().every((span) => span.droppedAttributesCount === 0)).toBe(true);
  expect(telemetry.counters).toMatchObject({ delivered: kept.getFinishedSpans().length, lost: 0 });
  expect(warnings).toEqual([]);
});

test('at the limit of OpenTelemetry every span keeps kind, model, tokens, status and output, and the newest messages', async () => {
  const traced = tracing({});

  await longRun(runWatcher({ tracerProvider: traced.tracerProvider }));

  const calls = traced.named('ScriptedModel.generate');
  const longest = calls.at(-1);
  const needed = ['openinference.span.kind', 'llm.model_name', 'llm.token_count.total', 'output.value'];
  const lacking = calls.filter(
    ({ attributes, status }) => status.code !== 1 || needed.some((key) => !(key in attributes)),
  );
  expect(lacking).toEqual([]);
  expect(traced.spans().every((span) => 'openinference.span.kind' in span.attributes && span.status.code === 1)).toBe(
    true,
  );
  expect(longest?.droppedAttributesCount).toBeGreaterThan(0);
  expect(longest?.attributes).toMatchObject({
    'llm.input_messages.0.message.role': 'system',
    [`llm.input_messages.${MESSAGES - 1}.message.role`]: 'tool-response',
  });
  expect(longest?.attributes).not.toHaveProperty(['llm.input_messages.2.message.role']);
});

test('a provider that drops attributes is told of once, with the limit and the setting', async () => {
  const traced = tracing({});

  await longRun(runWatcher({ tracerProvider: traced.tracerProvider }));

  expect(warnings).toEqual([expect.stringMatching(/keeps 128 attributes.*attributeCountLimit: 10_000/)]);
});

test('at the limit a team of 70 and 130 attributes of the app do not push out what a span is for', async () => {
  const traced = tracing({});
  const names = Array.from({ length: 70 }, (_, index) => `agent_${index}`);
  const managedAgents = names.map((name) => {
    const agent = new ToolCallingAgent({ model: scriptedModel(), tools: [] });
    return new ManagedAgent({ agent, name, description: 'Helps.' });
  });
  const answer = { toolCalls: [{ name: 'final_answer', arguments: { answer: 'done' } }] };
  const model = scriptedModel({ ...answer, usage: { inputTokens: 9, outputTokens: 1 } });
  const attributes = Object.fromEntries(Array.from({ length: 130 }, (_, index) => [`app.${index}`, index]));
  const { tracerProvider } = traced;

  await new ToolCallingAgent({ model, tools: [], managedAgents }).run('Go.', {
    telemetry: runWatcher({ tracerProvider, attributes, sessionId: 'the session' }),
  });

  const wanted = { 'llm.token_count.total': 10, 'session.id': 'the session', 'app.0': 0 };
  expect(traced.named('ToolCallingAgent.run')[0]?.attributes).toMatchObject({ ...wanted, 'output.value': 'done' });
  const [call] = traced.named('ScriptedModel.generate');
  expect(call?.attributes).toMatchObject({ ...wanted, 'llm.model_name': expect.any(String) });
  expect(call?.attributes).toHaveProperty(['output.value']);
});
