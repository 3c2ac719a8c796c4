import { expect, test } from 'vitest';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import { AgentConfigurationError } from '../../src/errors';
import type { WorkersAiBinding } from '../../src/models/workers-ai';
import { WorkersAiModel } from '../../src/models/workers-ai-model';
import { virtualClock } from '../../src/testing/virtual-clock';
import { collect, modelRequest, replyOf, textIn } from '../fakes/model-request';
import { addOne } from '../fakes/small-tools';

/** A binding as the service documents it: what `run` is given, and these answers in turn. */
function binding(...answers: unknown[]) {
  const asked: { model: string; input: Record<string, unknown>; options: { signal?: AbortSignal } | undefined }[] = [];
  const run: WorkersAiBinding['run'] = async (model, input, options) => {
    asked.push({ model, input: structuredClone(input), options });
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { run, asked };
}

function streaming(...events: unknown[]): ReadableStream<Uint8Array> {
  const lines = events.map((event) => `data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`);
  return new Blob(lines).stream();
}

const USAGE = { prompt_tokens: 12, completion_tokens: 3, total_tokens: 15 };
const TOOLS = [{ name: 'add_one', description: 'Adds.', parameters: { type: 'object', properties: {} } }];

test('text and usage of an answer in one piece are read, and what is sent is what is documented', async () => {
  const ai = binding({ response: 'Hello', usage: USAGE });
  const model = new WorkersAiModel({ binding: ai, parameters: { temperature: 0 } });

  const reply = await replyOf(model.generate(modelRequest({ tools: TOOLS, stop: ['END'] })));

  expect(reply).toMatchObject({ content: 'Hello', usage: { inputTokens: 12, outputTokens: 3 } });
  expect(ai.asked[0]?.model).toBe('@cf/meta/llama-3.3-70b-instruct-fp8-fast');
  expect(Object.keys(ai.asked[0]?.input ?? {}).sort()).toEqual([
    'max_tokens',
    'messages',
    'temperature',
    'tool_choice',
    'tools',
  ]);
  expect(ai.asked[0]?.input).toMatchObject({
    ...{ max_tokens: 2_048, temperature: 0, messages: [{ role: 'user', content: expect.any(String) }] },
    tools: [{ type: 'function', function: { name: 'add_one' } }],
  });
});

test.each<[string, unknown]>([
  [
    'older models',
    {
      tool_calls: [
        { name: 'add_one', arguments: { a: 1 } },
        { name: 'add_one', arguments: { a: 2 } },
      ],
    },
  ],
  [
    'newer models',
    {
      choices: [
        {
          finish_reason: 'tool_calls',
          message: {
            content: null,
            tool_calls: [1, 2].map((a) => ({
              id: `c${a}`,
              type: 'function',
              function: { name: 'add_one', arguments: `{"a":${a}}` },
            })),
          },
        },
      ],
    },
  ],
  [
    'older models that stream',
    streaming(
      { response: '', tool_calls: [{ name: 'add_one', arguments: { a: 1 } }] },
      { tool_calls: [{ name: 'add_one', arguments: { a: 2 } }] },
      '[DONE]',
    ),
  ],
])('an agent acts on the calls of %s', async (_, answer) => {
  const done = { response: null, tool_calls: [{ name: 'final_answer', arguments: { answer: 'done' } }] };
  const ai = binding(answer, done);
  const agent = new ToolCallingAgent({ model: new WorkersAiModel({ binding: ai }), tools: [addOne] });

  const { output, steps } = await agent.run('Add.', { returnFullResult: true });

  expect(output).toBe('done');
  expect(steps[1]).toMatchObject({ toolResults: [{ output: 2 }, { output: 3 }] });
});

test.each([
  [[{ response: 'Hel', p: 'ab' }, { response: 'lo' }, { response: '', usage: USAGE }, '[DONE]']],
  [
    [
      { choices: [{ delta: { content: 'Hel' } }] },
      { choices: [{ delta: { content: 'lo' } }] },
      { choices: [], usage: USAGE },
      '[DONE]',
    ],
  ],
])('a stream is told piece by piece, whichever form it has', async (events) => {
  const ai = binding(streaming(...events));

  const parts = await collect(new WorkersAiModel({ binding: ai }).generate(modelRequest({ stream: true })));

  expect(textIn(parts)).toBe('Hello');
  expect(parts.filter(({ type }) => type === 'text')).toHaveLength(2);
  expect(parts.at(-1)).toMatchObject({ reply: { content: 'Hello', usage: { inputTokens: 12, outputTokens: 3 } } });
  expect(ai.asked[0]?.input).toMatchObject({ stream: true });
  expect(ai.asked[0]?.input).not.toHaveProperty('stream_options');
});

test('stop sequences cut the text here: the service documents none', async () => {
  const ai = binding(streaming({ response: 'one EN' }, { response: 'D two' }, '[DONE]'));

  const parts = await collect(
    new WorkersAiModel({ binding: ai }).generate(modelRequest({ stream: true, stop: ['END'] })),
  );

  expect(parts.at(-1)).toMatchObject({ reply: { content: 'one ' } });
  expect(ai.asked[0]?.input).not.toHaveProperty('stop');
});

test('in JSON mode the schema stands by itself, and the value that comes is text again', async () => {
  const ai = binding({ response: { thought: 'x' }, usage: USAGE });
  const schema = { type: 'object', properties: { thought: { type: 'string' } } };

  const reply = await replyOf(
    new WorkersAiModel({ binding: ai }).generate(modelRequest({ responseFormat: { name: 'step', schema } })),
  );

  expect(ai.asked[0]?.input.response_format).toEqual({ type: 'json_schema', json_schema: schema });
  expect(reply.content).toBe('{"thought":"x"}');
});

test.each([
  ['3040: Capacity temporarily exceeded, please try again.', 'rate_limited', 2],
  ['3007: Timeout', 'timeout', 2],
  ['3036: You have used up your daily free allocation', 'rate_limited', 1],
  ['AiError: 5007: No such model @cf/x or task', 'not_found', 1],
  ['5004: Invalid data', 'bad_request', 1],
  ['something else', 'server_error', 2],
])('the failure "%s" is %s, and asked %i times', async (message, kind, times) => {
  const ai = binding(...Array.from({ length: 3 }, () => new Error(message)));
  const model = new WorkersAiModel({ binding: ai, maxRetries: 1, retryBaseMs: 0 });

  const call = collect(model.generate(modelRequest({ clock: virtualClock() })));

  await expect(call).rejects.toMatchObject({
    name: 'AgentGenerationError',
    kind,
    message: expect.stringContaining(message),
  });
  expect(ai.asked).toHaveLength(times);
});

test.each<[string, unknown, string]>([
  ['nothing', undefined, 'bad_response'],
  ['an object without an answer', { usage: USAGE }, 'bad_response'],
  ['a stream that ends in the middle', streaming({ response: 'Hel' }), 'stream_cut'],
  ['a stream with an error in it', streaming({ errors: [{ message: 'x' }], error: 'broken' }), 'bad_response'],
])('%s is a failure of kind %s', async (_, answer, kind) => {
  const model = new WorkersAiModel({ binding: binding(answer), maxRetries: 0 });

  await expect(collect(model.generate(modelRequest({ stream: true })))).rejects.toMatchObject({ kind });
});

test('a binding that never answers is given up after the time, and told so by its signal', async () => {
  const clock = virtualClock();
  let signal: AbortSignal | undefined;
  const silent: WorkersAiBinding = {
    run: (_model, _input, options) => {
      signal = options?.signal;
      return new Promise(() => {});
    },
  };
  const model = new WorkersAiModel({ binding: silent, requestTimeoutMs: 1_000, maxRetries: 0 });

  await expect(collect(model.generate(modelRequest({ clock })))).rejects.toMatchObject({ kind: 'timeout' });
  expect(signal?.aborted).toBe(true);
  expect(clock.pending).toBe(0);
});

test.each<[unknown, string]>([
  [{}, 'binding is undefined, must be the AI binding of the worker: `env.AI`'],
  [{ binding: {} }, 'binding is an object'],
  [{ binding: binding(), modelId: '' }, 'modelId'],
  [{ binding: binding(), apiKey: 'x' }, 'no option `apiKey`'],
])('%j is refused when the model is made', (options, words) => {
  const make = () => new WorkersAiModel(options as ConstructorParameters<typeof WorkersAiModel>[0]);

  expect(make).toThrow(AgentConfigurationError);
  expect(make).toThrow(words);
});
