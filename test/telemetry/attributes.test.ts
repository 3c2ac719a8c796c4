import { expect, test } from 'vitest';
import { CodeAgent, type Model, ToolCallingAgent, tool } from '../../src/index';
import { runWatcher } from '../../src/telemetry/index';
import { isAllowed } from '../../src/telemetry/spans/attribute-writer';
import { providerOf, systemOf } from '../../src/telemetry/spans/providers';
import { scriptedModel } from '../../src/testing/index';
import { tracing } from '../fakes/tracing';

const usage = { inputTokens: 7, outputTokens: 3, cachedTokens: 4, reasoningTokens: 1 };
const answer = (value: unknown) => ({ toolCalls: [{ name: 'final_answer', arguments: { answer: value } }], usage });

test('the root reads as a plain task and a plain answer, and strict as the call of run', async () => {
  const [plain, strict] = [tracing(), tracing()];

  await new ToolCallingAgent({ model: scriptedModel(answer('forty')) }).run('How many?', {
    telemetry: runWatcher({ tracerProvider: plain.tracerProvider }),
  });
  await new ToolCallingAgent({ model: scriptedModel(answer({ n: 40 })) }).run('How many?', {
    telemetry: runWatcher({ tracerProvider: strict.tracerProvider, compat: 'strict' }),
  });

  expect(plain.named('ToolCallingAgent.run')[0]?.attributes).toMatchObject({
    'input.value': 'How many?',
    'input.mime_type': 'text/plain',
    'output.value': 'forty',
    'output.mime_type': 'text/plain',
  });
  expect(strict.named('ToolCallingAgent.run')[0]?.attributes).toMatchObject({
    'input.value': expect.stringContaining('"return_full_result":null'),
    'output.value': '{"n":40}',
  });
});

test('tokens of plans and of managed agents have keys of their own', async () => {
  const { tracerProvider, named } = tracing();
  const helper = new ToolCallingAgent({
    model: scriptedModel(answer('helped')),
    name: 'helper',
    description: 'Helps.',
  });
  const model = scriptedModel(
    { content: '1. ask', usage: { inputTokens: 100, outputTokens: 20 } },
    { toolCalls: [{ name: 'helper', arguments: { task: 'help' } }], usage },
    answer('done'),
  );

  await new ToolCallingAgent({ model, managedAgents: [helper], planningInterval: 9 }).run('x', {
    telemetry: runWatcher({ tracerProvider }),
  });

  expect(named('ToolCallingAgent.run')[0]?.attributes).toMatchObject({
    'llm.token_count.total': 20,
    'smolagents.token_count.planning.total': 120,
    'smolagents.token_count.managed_agents.total': 10,
    'gen_ai.usage.input_tokens': 121,
    'gen_ai.usage.output_tokens': 29,
  });
});

test('a model call tells what the provider says, in both families', async () => {
  const { tracerProvider, named } = tracing();

  await new ToolCallingAgent({ model: scriptedModel(answer('x')) }).run('x', {
    telemetry: runWatcher({ tracerProvider }),
  });

  expect(named('ScriptedModel.generate')[0]?.attributes).toMatchObject({
    'llm.token_count.prompt_details.cache_read': 4,
    'llm.token_count.completion_details.reasoning': 1,
    'gen_ai.operation.name': 'chat',
    'gen_ai.request.model': 'scripted',
    'gen_ai.usage.input_tokens': 7,
  });
});

test('content in the GenAI family comes only when it is asked for', async () => {
  const [open, closed] = [tracing(), tracing()];
  const run = (tracerProvider: typeof open.tracerProvider, genAiContent: boolean) =>
    new ToolCallingAgent({ model: scriptedModel(answer('x')) }).run('x', {
      telemetry: runWatcher({ tracerProvider, genAiContent }),
    });

  await run(open.tracerProvider, true);
  await run(closed.tracerProvider, false);

  const [call] = open.named('ScriptedModel.generate');
  expect(JSON.parse(String(call?.attributes['gen_ai.output.messages']))).toMatchObject([
    { role: 'assistant', parts: [{ type: 'tool_call' }] },
  ]);
  expect(open.named('FinalAnswerTool')[0]?.attributes['gen_ai.tool.call.arguments']).toBe('{"answer":"x"}');
  expect(closed.text()).not.toMatch(/gen_ai\.(input|output)\.messages|gen_ai\.tool\.call\.(arguments|result)/);
});

test('parameters of a model are told when they are no keys', async () => {
  const { tracerProvider, named, text } = tracing();
  const parameters = {
    temperature: 0.5,
    tool_choice: 'auto',
    extra_headers: { authorization: 'Bearer abc' },
    my_token: 'abc',
    user: 'abc',
  };
  const scripted = scriptedModel(answer('x'));
  const model: Model = {
    modelId: 'mine',
    generate: (request) => scripted.generate(request),
    toJSON: () => ({ parameters }),
  };

  await new ToolCallingAgent({ model }).run('x', { telemetry: runWatcher({ tracerProvider }) });

  expect(named('Model.generate')[0]?.attributes['llm.invocation_parameters']).toBe(
    '{"temperature":0.5,"tool_choice":"auto"}',
  );
  expect(text()).not.toContain('Bearer');
});

test('what a tool gives keeps its type where its output type is a plain one', async () => {
  const { tracerProvider, named } = tracing();
  const half = tool({ name: 'half', description: 'Half.', inputs: {}, outputType: 'number', execute: () => 2.5 });
  const cyclic: Record<string, unknown> = { big: 7n, at: new Map([['a', new Date(0)]]) };
  cyclic.self = cyclic;
  const odd = tool({ name: 'odd', description: 'Odd.', inputs: {}, execute: () => cyclic });
  const model = scriptedModel(
    {
      toolCalls: [
        { name: 'half', arguments: {} },
        { name: 'odd', arguments: {} },
      ],
    },
    answer('x'),
  );

  await new ToolCallingAgent({ model, tools: [half, odd] }).run('x', { telemetry: runWatcher({ tracerProvider }) });

  expect(named('half')[0]?.attributes['output.value']).toBe(2.5);
  expect(named('odd')[0]?.attributes['output.value']).toBe(
    '{"big":"7","at":{"a":"1970-01-01T00:00:00.000Z"},"self":"[Circular]"}',
  );
});

test('a span of a tool has its attributes and its failure', async () => {
  const { tracerProvider, named } = tracing();
  const digs = tool({
    name: 'digs',
    description: 'Digs.',
    inputs: {},
    execute: (_args, { span }) => span('dig', () => Promise.reject(new RangeError('too deep')), { depth: 3 }),
  });
  const model = scriptedModel({ toolCalls: [{ name: 'digs', arguments: {} }] }, answer('x'));

  await new ToolCallingAgent({ model, tools: [digs] }).run('x', { telemetry: runWatcher({ tracerProvider }) });

  const [span] = named('dig');
  expect(span?.attributes).toMatchObject({ depth: 3, 'error.type': 'RangeError', 'openinference.span.kind': 'CHAIN' });
  expect(span?.status).toEqual({ code: 2, message: 'RangeError: too deep' });
});

test('code that calls a tool by names and by position is told apart', async () => {
  const { tracerProvider, named } = tracing();
  const add = tool({
    name: 'add',
    description: 'Adds.',
    inputs: { a: { type: 'number', description: 'a' }, b: { type: 'number', description: 'b' } },
    execute: ({ a, b }: { a: number; b: number }) => a + b,
  });
  const model = scriptedModel({
    content: '<code>\nawait add({ a: 1, b: 2 });\nawait add(3, 4);\nfinal_answer(5)\n</code>',
  });

  await new CodeAgent({ model, tools: [add] }).run('x', { telemetry: runWatcher({ tracerProvider }) });

  expect(named('add').map(({ attributes }) => JSON.parse(String(attributes['input.value'])))).toEqual([
    { args: [], sanitize_inputs_outputs: false, kwargs: { a: 1, b: 2 } },
    { args: [3, 4], sanitize_inputs_outputs: false, kwargs: {} },
  ]);
});

test.each([
  ['OpenAIModel', 'https://api.groq.com/openai/v1', 'openai'],
  ['HfApiModel', 'https://api.openai.com/v1', undefined],
  ['Model', 'https://eu.api.groq.com/openai/v1', 'groq'],
  ['Model', 'https://notapi.groq.community/v1', undefined],
  ['Model', '/same-origin', undefined],
])('the provider of a %s at %s is %s', (modelClass, address, expected) => {
  expect(providerOf(modelClass, address)).toBe(expected);
});

test.each([
  ['gpt-4o-mini', 'openai'],
  ['Claude-3', 'anthropic'],
  ['mixtral-8x7b', 'mistralai'],
  ['gemini-2.0', 'vertexai'],
  ['command-r', 'cohere'],
  ['Qwen/Qwen2.5-Coder-32B-Instruct', undefined],
])('the system of %s is %s', (modelId, expected) => {
  expect(systemOf(modelId)).toBe(expected);
});

test.each(['authorization', 'llm.api_key', 'http.request.header.cookie', 'input.valuee', 'apiKey'])(
  '%s never becomes an attribute',
  (key) => {
    expect(isAllowed(key)).toBe(false);
  },
);
