import { describe, expect, test } from 'vitest';
import { AgentConfigurationError } from '../../src/errors';
import { HfApiModel } from '../../src/models/hf-api-model';
import type { Model, ModelPart, ModelRequest } from '../../src/models/model';
import type { ChatModelOptions } from '../../src/models/model-options';
import { OpenAIModel } from '../../src/models/openai-model';
import { type Answer, chatServer, chunk, completion, DONE } from '../fakes/chat-server';
import { collect, modelRequest, replyOf, textIn } from '../fakes/model-request';
import { virtualClock } from '../fakes/virtual-clock';

const KEY = 'hf_TESTKEY_do_not_leak';
const cutPiece = chunk({ content: 'GARBLED ' });
const goodStream: Answer = { events: [chunk({ content: 'good' }), chunk({}, 'stop'), DONE] };

type Maker = (url: string, options: ChatModelOptions) => Model;
const openai: Maker = (url, options) => new OpenAIModel({ modelId: 'm', apiBase: url, apiKey: KEY, ...options });
const huggingFace: Maker = (url, options) => new HfApiModel({ modelId: 'm', endpointUrl: url, token: KEY, ...options });

describe.each([
  ['OpenAIModel', openai],
  ['HfApiModel', huggingFace],
])('%s', (_, make) => {
  test('a whole completion becomes one reply', async () => {
    const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
    const server = await chatServer(completion({ content: 'Three.' }, 'stop', { usage, model: 'm-1' }));

    const parts = await collect(make(server.url, { parameters: { temperature: 0.5 } }).generate(modelRequest()));

    const reply = {
      content: 'Three.',
      toolCalls: [],
      usage: { inputTokens: 10, outputTokens: 5 },
      finishReason: 'stop',
    };
    expect(parts).toEqual([{ type: 'reply', reply: { ...reply, id: 'r', model: 'm-1' } }]);
    expect(server.requests[0]).toMatchObject({
      path: '/v1/chat/completions',
      headers: { authorization: `Bearer ${KEY}` },
      body: { model: 'm', temperature: 0.5, messages: [{ role: 'user' }] },
    });
  });

  test('a stream is given as it comes and ends in the reply', async () => {
    const usage = { prompt_tokens: 3, completion_tokens: 2 };
    const events = [chunk({ reasoning_content: 'Hm.' }), chunk({ content: 'Gr' }), chunk({ content: 'üße' }, 'stop')];
    const server = await chatServer({ events: [...events, chunk({}, null, { choices: [], usage }), DONE] });

    const parts = await collect(make(server.url, {}).generate(modelRequest({ stream: true })));

    expect(parts.map(({ type }) => type)).toEqual(['reasoning', 'text', 'text', 'reply']);
    expect(parts.at(-1)).toMatchObject({
      reply: { content: 'Grüße', reasoning: 'Hm.', usage: { inputTokens: 3, outputTokens: 2 } },
    });
    expect(server.requests[0]?.body).toMatchObject({ stream: true, stream_options: { include_usage: true } });
  });

  test('bytes of a stream may be cut anywhere, within a character as well', async () => {
    const bytes = new TextEncoder().encode(chunk({ content: 'Ä漢😀' }) + chunk({}, 'stop') + DONE);
    const server = await chatServer({ events: [...bytes].map((byte) => Uint8Array.of(byte)) });

    const reply = await replyOf(make(server.url, {}).generate(modelRequest({ stream: true })));

    expect(reply.content).toBe('Ä漢😀');
  });

  test('a refused request is tried again after the wait that the server asks for', async () => {
    const busy = { status: 429, headers: { 'retry-after': '2' }, json: { error: { message: 'slow down' } } };
    const { parts, clock, server } = await play([busy, completion({ content: 'ok' })], { waits: [2_000] });

    expect(parts[0]).toMatchObject({
      type: 'retry',
      attempt: 1,
      delayMs: 2_000,
      reason: expect.stringContaining('slow down'),
    });
    expect(parts.at(-1)).toMatchObject({ type: 'reply', reply: { content: 'ok' } });
    expect(server.requests).toHaveLength(2);
    expect(clock.sleepers).toBe(0);
  });

  test.each<[string, Answer, string, boolean]>([
    ['a stream that is reset', { events: [cutPiece, 'data: {"choi'], end: 'reset' }, 'stream_cut', true],
    ['a stream that ends without a finish reason', { events: [cutPiece] }, 'stream_cut', true],
    [
      'an error event in a stream',
      { events: [cutPiece, 'event: error\ndata: {"error":{"message":"no"}}\n\n'] },
      'bad_response',
      true,
    ],
    ['an error object in a stream', { events: [cutPiece, 'data: {"error":"no"}\n\n'] }, 'bad_response', true],
    ['an event that is no JSON', { events: [cutPiece, 'data: {"a\n\n'] }, 'bad_response', true],
    [
      'a body that is no JSON',
      { headers: { 'content-type': 'application/json' }, text: '{"choices":[{' },
      'bad_response',
      false,
    ],
    ['a body that is an error', { json: { error: { message: 'overloaded' } } }, 'bad_response', false],
    ['a body without choices', { json: { choices: [] } }, 'bad_response', false],
    ['a status of 503', { status: 503, json: {} }, 'server_error', false],
    ['a status of 529', { status: 529, text: 'overloaded' }, 'server_error', true],
    ['a connection that is reset', 'reset', 'network', false],
  ])('%s is tried again, and told by its kind once no retry is left', async (_name, bad, kind, stream) => {
    const good = stream ? goodStream : completion({ content: 'good' });
    const mended = await play([bad, good], { waits: [250], stream });
    const failed = await play([bad, bad], { waits: [250], stream, maxRetries: 1 });

    expect(mended.parts.at(-1)).toMatchObject({ type: 'reply', reply: { content: 'good' } });
    expect(failed.failure).toMatchObject({ name: 'AgentGenerationError', kind });
    expect(failed.server.requests).toHaveLength(2);
    expect([mended.clock.sleepers, failed.clock.sleepers]).toEqual([0, 0]);
  });

  test.each<[Answer, string, string]>([
    [
      { status: 400, json: { error: { message: 'temperature must be <= 2' } } },
      'bad_request',
      'temperature must be <= 2',
    ],
    [{ status: 401, json: { error: `wrong key: Bearer ${KEY}` } }, 'auth', 'wrong key'],
    [{ status: 404, json: { error: 'Model m does not exist' } }, 'not_found', 'does not exist'],
    [
      { status: 422, json: { error: '`inputs` tokens + `max_new_tokens` must be <= 4096' } },
      'context_overflow',
      '4096',
    ],
    [{ status: 503, headers: { 'retry-after': '86400' }, json: {} }, 'rate_limited', '86400000'],
    [completion({ content: '' }, 'content_filter'), 'content_filter', 'filter'],
    [completion({ content: 'x'.repeat(2_000) }), 'too_large', '1000'],
  ])('%j is final', async (answer, kind, words) => {
    const { failure, server } = await play([answer], { maxResponseBytes: 1_000 });

    expect(failure).toMatchObject({ name: 'AgentGenerationError', code: 'generation', kind });
    expect(failure).toHaveProperty('message', expect.stringContaining(words));
    expect(server.requests).toHaveLength(1);
    expect(everythingIn(failure)).not.toContain(KEY);
  });

  test('the key is in no retry notice, also where the server repeats it', async () => {
    const { parts } = await play([{ status: 500, text: `for ${KEY}` }, completion({ content: 'ok' })], {
      waits: [250],
    });

    expect(parts[0]).toMatchObject({ type: 'retry', reason: expect.stringContaining('for [redacted]') });
  });

  test('a key is found before a long message is cut, so that no half of it is left', async () => {
    const { failure } = await play([{ status: 400, json: { error: `${'x'.repeat(480)}${KEY} and more` } }]);

    expect(failure).toMatchObject({ kind: 'bad_request', message: expect.stringContaining('xxx[redacte') });
    expect(everythingIn(failure)).not.toContain(KEY.slice(0, 6));
  });

  test('an address that the fetch of the run refuses is not asked again', async () => {
    const refusal = new AgentConfigurationError('private address');
    let asked = 0;
    const refuse = () => {
      asked++;
      return Promise.reject(refusal);
    };

    const call = collect(make('http://127.0.0.1', {}).generate(modelRequest({ fetch: refuse })));

    await expect(call).rejects.toMatchObject({ name: 'AgentGenerationError', cause: refusal });
    expect(asked).toBe(1);
  });

  test('nothing is waited for behind [DONE], and a cut behind the finish reason takes nothing away', async () => {
    const hanging: Answer = { events: [chunk({ content: 'good' }), DONE], end: 'hang' };
    const reset: Answer = { events: [chunk({ content: 'good' }), chunk({}, 'stop')], end: 'reset' };
    const server = await chatServer(hanging, reset);
    const model = make(server.url, { maxRetries: 0 });

    const replies = [
      await replyOf(model.generate(modelRequest({ stream: true }))),
      await replyOf(model.generate(modelRequest({ stream: true }))),
    ];

    expect(replies.map(({ content }) => content)).toEqual(['good', 'good']);
    await server.hungUp(1);
  });

  test('a stream of blank lines is ended and hung up on', async () => {
    const server = await chatServer({
      events: [chunk({ content: 'said\n' }), chunk({ content: '\n'.repeat(9) })],
      end: 'hang',
    });

    const parts = await collect(make(server.url, { maxBlankLines: 3 }).generate(modelRequest({ stream: true })));

    expect(textIn(parts)).toBe('said\n\n\n\n');
    expect(parts.at(-1)).toMatchObject({ reply: { content: 'said\n\n\n\n', finishReason: 'stop' } });
    await server.hungUp(1);
  });

  test('a stream that goes on behind a call in its text is ended and hung up on, unless that is turned off', async () => {
    const written = 'Action:\n{"name": "find", "arguments": {"q": "}"}}';
    const events = [chunk({ content: written }), chunk({ content: '\n\nObservation: made up' }), chunk({}, 'length')];
    const server = await chatServer({ events: events.slice(0, 2), end: 'hang' }, { events: [...events, DONE] });
    const tools = [{ name: 'find', description: 'x', parameters: {} }];

    const ended = await replyOf(make(server.url, {}).generate(modelRequest({ stream: true, tools })));
    await server.hungUp(1);
    const whole = await replyOf(make(server.url, { endAtCall: false }).generate(modelRequest({ stream: true, tools })));

    expect(ended).toMatchObject({ content: `${written}\n\n`, finishReason: 'stop' });
    expect(whole).toMatchObject({ content: `${written}\n\nObservation: made up`, finishReason: 'length' });
  });

  test('a refusal is a failure of the model that holds its words, streamed or whole', async () => {
    const events = [chunk({ refusal: 'I cannot ' }), chunk({ refusal: 'do that.' }), chunk({}, 'stop'), DONE];
    const whole = completion({ refusal: 'I cannot do that.' });
    const server = await chatServer({ events }, whole);

    for (const stream of [true, false]) {
      await expect(replyOf(make(server.url, {}).generate(modelRequest({ stream })))).rejects.toMatchObject({
        name: 'AgentGenerationError',
        kind: 'content_filter',
        message: expect.stringContaining('I cannot do that.'),
      });
    }
    expect(server.requests).toHaveLength(2);
  });

  test('an option that is not known, or a value that is not allowed, is refused at once', () => {
    const unknown: object = { model_id: 'm' };

    expect(() => make('http://127.0.0.1', unknown)).toThrow(/no option `model_id`, did you mean `modelId`/);
    expect(() => make('http://127.0.0.1', { maxRetries: -1 })).toThrow(/maxRetries is -1, must be/);
    expect(() => make('http://127.0.0.1', { parameters: { messages: [] } })).toThrow(/"messages"/);
  });

  test('requests are kept apart as asked', async () => {
    const clock = virtualClock();
    const server = await chatServer(completion({ content: 'a' }), completion({ content: 'b' }));
    const model = make(server.url, { requestsPerMinute: 20 });
    await replyOf(model.generate(modelRequest({ clock })));

    const second = replyOf(model.generate(modelRequest({ clock })));
    await clock.asleep(3_000);
    const before = server.requests.length;
    clock.advance(3_000);

    expect(await second).toMatchObject({ content: 'b' });
    expect(before).toBe(1);
  });

  interface PlayOptions extends ChatModelOptions {
    /** The waits between attempts, in order, during which the clock is moved on. */
    waits?: readonly number[];
    stream?: boolean;
  }

  async function play(answers: readonly Answer[], { waits = [], stream = false, ...options }: PlayOptions = {}) {
    const clock = virtualClock();
    const server = await chatServer(...answers);
    const request: ModelRequest = modelRequest({ clock, stream });
    const model = make(server.url, { random: () => 0.5, ...options });
    const parts: ModelPart[] = [];
    const left = [...waits];
    try {
      for await (const part of model.generate(request)) {
        parts.push(part);
        const wait = part.type === 'retry' ? left.shift() : undefined;
        if (wait !== undefined) clock.asleep(wait).then(() => clock.advance(wait));
      }
      return { parts, clock, server, failure: undefined };
    } catch (failure) {
      return { parts, clock, server, failure };
    }
  }
});

/** All text in an error and its causes. */
function everythingIn(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.message} ${error.stack} ${JSON.stringify(error)} ${error.cause ? everythingIn(error.cause) : ''}`;
}
