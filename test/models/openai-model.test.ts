import { expect, test } from 'vitest';
import { AgentConfigurationError } from '../../src/errors';
import { OpenAIModel, OpenAIServerModel } from '../../src/models/openai-model';
import { type Answer, chatServer, chunk, completion, DONE } from '../fakes/chat-server';
import { collect, modelRequest, replyOf, textIn } from '../fakes/model-request';
import { virtualClock } from '../fakes/virtual-clock';

test('the second name is the same class', () => {
  expect(OpenAIServerModel).toBe(OpenAIModel);
});

test('organization, project and further headers are sent, and a key function is asked before every attempt', async () => {
  const server = await chatServer({ status: 500, json: {} }, completion({ content: 'ok' }));
  const keys = ['key-one', 'key-two'];
  const model = new OpenAIModel({
    modelId: 'm',
    apiBase: `${server.url}/?version=3`,
    apiKey: async () => keys.shift() ?? '',
    organization: 'org',
    project: 'pro',
    headers: { 'x-extra': 'more' },
    random: () => 0,
  });

  const clock = virtualClock();
  clock.asleep(0).then(() => clock.advance(0)); // the wait before the second attempt
  await replyOf(model.generate(modelRequest({ clock })));

  expect(server.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer key-one', 'Bearer key-two']);
  expect(server.requests[1]).toMatchObject({
    path: '/v1/chat/completions?version=3',
    headers: { 'openai-organization': 'org', 'openai-project': 'pro', 'x-extra': 'more' },
  });
});

test('a key function that never gives a key is given up like a request without an answer', async () => {
  const clock = virtualClock();
  const apiKey = () => new Promise<string>(() => {});
  const model = new OpenAIModel({
    modelId: 'm',
    apiBase: 'http://127.0.0.1:1',
    apiKey,
    requestTimeoutMs: 300,
    maxRetries: 0,
  });
  clock.asleep(300).then(() => clock.advance(300));

  const reply = replyOf(model.generate(modelRequest({ clock })));

  await expect(reply).rejects.toMatchObject({ kind: 'timeout' });
  await expect(reply).rejects.toThrow('apiKey` gave nothing within 300 ms');
});

test('without a key no authorization is sent', async () => {
  const server = await chatServer(completion({ content: 'ok' }));

  await replyOf(new OpenAIModel({ modelId: 'm', apiBase: server.url }).generate(modelRequest()));

  expect(server.requests[0]?.headers).not.toHaveProperty('authorization');
});

test('a key function that fails ends the call as an auth failure', async () => {
  const apiKey = () => Promise.reject(new Error('signed out'));
  const model = new OpenAIModel({ modelId: 'm', apiKey });

  const call = collect(model.generate(modelRequest()));

  await expect(call).rejects.toMatchObject({
    name: 'AgentGenerationError',
    kind: 'auth',
    cause: { message: 'signed out' },
  });
});

test('secrets in headers and in the address are in no error', async () => {
  const echo = 'no right for secret-header and secret-query';
  const server = await chatServer({ status: 403, json: { error: echo } });
  const headers = { authorization: 'Basic secret-header' };
  const model = new OpenAIModel({ modelId: 'm', apiBase: `${server.url}?key=secret-query`, headers });

  const call = collect(model.generate(modelRequest()));

  await expect(call).rejects.toThrow('no right for [redacted] and [redacted]');
});

test.each([true, false])(
  'a model that refuses stop is not sent it, and its text is cut here (streaming: %s)',
  async (stream) => {
    const events = ['Think.\nObs', 'ervation: made up'].map((content) => chunk({ content }));
    const whole = completion({ content: 'Think.\nObservation: made up' });
    const answer: Answer = stream ? { events: [...events, chunk({}, 'stop'), DONE] } : whole;
    const server = await chatServer(answer);
    const model = new OpenAIModel({ modelId: 'o3', apiBase: server.url });

    const parts = await collect(model.generate(modelRequest({ stream, stop: ['Observation:'] })));

    expect(server.requests[0]?.body).not.toHaveProperty('stop');
    expect(parts.at(-1)).toMatchObject({ reply: { content: 'Think.\n' } });
    expect(textIn(parts)).toBe(stream ? 'Think.\n' : '');
  },
);

test('text that only looked like a stop sequence is streamed when the reply ends', async () => {
  const server = await chatServer({ events: [chunk({ content: 'So Obs' }), chunk({}, 'stop'), DONE] });
  const model = new OpenAIModel({ modelId: 'gpt-5', apiBase: server.url });

  const parts = await collect(model.generate(modelRequest({ stream: true, stop: ['Observation:'] })));

  expect(textIn(parts)).toBe('So Obs');
});

test('a server that does not stream, or streams unasked, is understood all the same', async () => {
  const server = await chatServer(completion({ content: 'whole' }), { events: [chunk({ content: 'cut' }), DONE] });
  const model = new OpenAIModel({ modelId: 'm', apiBase: server.url });

  const asked = await collect(model.generate(modelRequest({ stream: true })));
  const unasked = await collect(model.generate(modelRequest({ stream: false })));

  expect(asked.map(({ type }) => type)).toEqual(['text', 'reply']);
  expect(unasked).toMatchObject([{ type: 'reply', reply: { content: 'cut' } }]);
});

test('stream options can be taken out for servers that refuse them', async () => {
  const server = await chatServer({ events: [DONE] });
  const model = new OpenAIModel({ modelId: 'm', apiBase: server.url, parameters: { stream_options: undefined } });

  await collect(model.generate(modelRequest({ stream: true })));

  expect(server.requests[0]?.body).toMatchObject({ stream: true });
  expect(server.requests[0]?.body).not.toHaveProperty('stream_options');
});

test('as JSON it shows its settings and no secret', () => {
  const model = new OpenAIModel({
    modelId: 'm',
    apiBase: 'https://host.test/v1?key=secret-query',
    apiKey: 'secret-key',
    headers: { 'x-key': 'secret-header' },
    maxRetries: 5,
    parameters: {
      temperature: 0.1,
      max_tokens: 9,
      api_key: 'secret-parameter',
      extra_body: { kept: true, accessToken: 'secret-token', list: [{ password: 'secret-word' }] },
      extra_headers: { authorization: 'Bearer secret-bearer', 'X-Api-Key': 'secret-nested' },
    },
  });

  const json = JSON.parse(JSON.stringify(model));

  expect(json).toEqual({
    class: 'OpenAIModel',
    modelId: 'm',
    apiBase: 'https://host.test/v1',
    maxRetries: 5,
    parameters: { temperature: 0.1, max_tokens: 9, extra_body: { kept: true, list: [{}] }, extra_headers: {} },
  });
  expect(JSON.stringify(model)).not.toContain('secret');
});

test('an address without completions is named, without its query, and what to look at', async () => {
  const server = await chatServer({ status: 404, json: { detail: 'Not Found' } });
  const model = new OpenAIModel({ modelId: 'm', apiBase: `${new URL(server.url).origin}?key=secret-query` });

  const answering = collect(model.generate(modelRequest()));

  await expect(answering).rejects.toThrow(
    `m could not answer: status 404 (from ${new URL(server.url).origin}/chat/completions; is \`modelId\` one of its models, ` +
      'and `apiBase` all that stands before /chat/completions, /v1 included?): Not Found',
  );
});

test.each([
  [undefined, 'status 401 (no `apiKey` was given): no'],
  ['sk-wrong', 'status 401: no'],
])('with the key %s a refusal says whether one was given', async (apiKey, words) => {
  const server = await chatServer({ status: 401, json: { error: 'no' } });
  const model = new OpenAIModel({ modelId: 'm', apiBase: server.url, ...(apiKey && { apiKey }) });

  const answering = collect(model.generate(modelRequest()));

  await expect(answering).rejects.toThrow(words);
});

test('a page in place of a reply is told by its type', async () => {
  const server = await chatServer({ status: 200, text: '<!doctype html>', headers: { 'content-type': 'text/html' } });
  const model = new OpenAIModel({ modelId: 'm', apiBase: server.url, maxRetries: 0 });

  const answering = collect(model.generate(modelRequest()));

  await expect(answering).rejects.toThrow('the reply is no JSON object (text/html, 15 characters)');
});

test.each<[object, RegExp]>([
  [{}, /modelId is undefined, must be the name of a model/],
  [{ modelId: '' }, /modelId is ""/],
  [{ modelId: 'm', apiKey: 7 }, /apiKey is a number/],
  [{ modelId: 'm', temperature: 1 }, /no option `temperature`; .* temperature and max_tokens, go into `parameters`$/],
  [{ model: 'm' }, /no option `model`, did you mean `modelId`\?/],
  [
    { modelId: 'm', apiBase: 'https://me:pass@host.test' },
    /apiBase is "…@host.test", must be without user name and password/,
  ],
  [{ modelId: 'm', apiBase: 'host.test/v1' }, /apiBase is "host.test\/v1", must be an http:\/\/ or https/],
  [{ modelId: 'm', apiBase: 'ftp://me:pass@host.test?key=k' }, /apiBase is "…@host.test…", must be an http/],
  [{ modelId: 'm', apiBase: '//host.test' }, /apiBase is "\/\/host.test", must be/],
  [{ modelId: 'm', organization: 'a\nb' }, /organization is "a\\nb", must be a text without line breaks/],
  [{ modelId: 'm', apiKey: 'sk-\n' }, /apiKey \(not shown\) must be a text that a header can carry/],
  [{ modelId: 'm', headers: { 'x-one': 1 } }, /headers.x-one \(not shown, number\) must be a text/],
  [{ modelId: 'm', headers: { 'x-one': 'a\r\nb' } }, /headers.x-one \(not shown, string\) must be a text/],
  [{ modelId: 'm', headers: { 'x one': 'a' } }, /headers is "x one", must be by names/],
  [{ modelId: 'm', headers: ['a'] }, /headers is a list of 1, must be an object/],
  [{ modelId: 'm', parameters: null }, /parameters is null, must be an object/],
  [{ modelId: 'm', parameters: { seed: 1n } }, /parameters is an object, must be what JSON can say/],
  [{ modelId: 'm', customRoleConversions: null }, /customRoleConversions is null, must be an object/],
  [{ modelId: 'm', customRoleConversions: { system: 1 } }, /customRoleConversions.system is 1, must be a text/],
  [{ modelId: 'm', requestTimeoutMs: null }, /requestTimeoutMs is null/],
  [{ modelId: 'm', requestTimeoutMs: 0.5 }, /requestTimeoutMs is 0.5/],
  [{ modelId: 'm', toolHistory: 'both' }, /toolHistory is "both", must be "text" or "native"/],
  [{ modelId: 'm', customRoleConversions: { tool: 'user' } }, /customRoleConversions is "tool"/],
])('the options %o are refused', (options, words) => {
  const make = () => Reflect.construct(OpenAIModel, [options]);

  expect(make).toThrow(AgentConfigurationError);
  expect(make).toThrow(words);
});
