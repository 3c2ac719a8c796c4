import { DiagLogLevel, diag } from '@opentelemetry/api';
import { afterEach, expect, test } from 'vitest';
import { ManagedAgent, ToolCallingAgent, tool } from '../../src/index';
import { runWatcher } from '../../src/telemetry/index';
import { scriptedModel } from '../../src/testing/index';
import { tracing } from '../fakes/tracing';

const STEPS = 40;
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

/** 40 steps; the last model call is told of all before, text, calls and observations apart. */
async function longRun(traced: ReturnType<typeof tracing>) {
  diag.setLogger(
    { warn: (text) => void warnings.push(text), error: () => {}, info: () => {}, debug: () => {}, verbose: () => {} },
    DiagLogLevel.WARN,
  );
  const turns = Array.from({ length: STEPS - 1 }, (_, index) => ({
    content: `I take page ${index}.`,
    toolCalls: [{ name: 'next', arguments: { page: index } }],
    usage: { inputTokens: 10, outputTokens: 2 },
  }));
  const last = {
    toolCalls: [{ name: 'final_answer', arguments: { answer: 'read' } }],
    usage: { inputTokens: 9, outputTokens: 1 },
  };
  const agent = new ToolCallingAgent({ model: scriptedModel(...turns, last), tools: [next], maxSteps: STEPS });
  await agent.run('Read all pages.', { telemetry: runWatcher({ tracerProvider: traced.tracerProvider }) });
  const calls = traced.named('ScriptedModel.generate');
  return { calls, longest: calls.at(-1) };
}

test('with room for all attributes none is missing after 40 steps', async () => {
  const traced = tracing();

  const { calls, longest } = await longRun(traced);

  const roles = Object.keys(longest?.attributes ?? {}).filter((key) =>
    /^llm\.input_messages\.\d+\.message\.role$/.test(key),
  );
  expect(calls).toHaveLength(STEPS);
  expect(roles).toHaveLength(2 + 3 * (STEPS - 1));
  expect(traced.spans().every((span) => span.droppedAttributesCount === 0)).toBe(true);
  expect(warnings).toEqual([]);
});

test('at the limit of OpenTelemetry every span keeps kind, model, tokens, status and output, and the newest messages', async () => {
  const traced = tracing({});

  const { calls, longest } = await longRun(traced);

  const needed = ['openinference.span.kind', 'llm.model_name', 'llm.token_count.total', 'output.value'];
  const lacking = calls.filter(
    ({ attributes, status }) => status.code !== 1 || needed.some((key) => !(key in attributes)),
  );
  const newest = 1 + 3 * (STEPS - 1);
  expect(lacking).toEqual([]);
  expect(traced.spans().every((span) => 'openinference.span.kind' in span.attributes && span.status.code === 1)).toBe(
    true,
  );
  expect(longest?.droppedAttributesCount).toBeGreaterThan(0);
  expect(longest?.attributes).toMatchObject({
    'llm.input_messages.0.message.role': 'system',
    [`llm.input_messages.${newest}.message.role`]: 'tool-response',
  });
  expect(longest?.attributes).not.toHaveProperty(['llm.input_messages.2.message.role']);
});

test('a provider that drops attributes is told of once, with the limit and the setting', async () => {
  const traced = tracing({});

  await longRun(traced);

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
