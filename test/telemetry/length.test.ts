import { DiagLogLevel, diag } from '@opentelemetry/api';
import { afterEach, expect, test } from 'vitest';
import { ToolCallingAgent, tool } from '../../src/index';
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
