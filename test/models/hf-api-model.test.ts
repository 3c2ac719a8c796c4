import process from 'node:process';
import { expect, onTestFinished, test } from 'vitest';
import { AgentConfigurationError } from '../../src/errors';
import { HfApiModel, InferenceClientModel } from '../../src/models/hf-api-model';
import type { Fetch } from '../../src/web/fetch';
import { type Answer, chatServer, chunk, completion, DONE } from '../fakes/chat-server';
import { collect, modelRequest, replyOf } from '../fakes/model-request';
import { virtualClock } from '../fakes/virtual-clock';

const TOKEN = 'hf_TESTKEY_do_not_leak';

test('the second name is the same class, and the default model is that of the seed', () => {
  expect(InferenceClientModel).toBe(HfApiModel);
  expect(new HfApiModel().modelId).toBe('Qwen/Qwen2.5-Coder-32B-Instruct');
});

test('without an endpoint the router is asked, by the token of HF_TOKEN and through the fetch of the run', async () => {
  setToken(TOKEN);
  const { fetch, addresses, server } = await redirected(completion({ content: 'ok' }));
  const model = new HfApiModel({ billTo: 'org', headers: { 'x-extra': 'more' } });

  const reply = await replyOf(model.generate(modelRequest({ fetch })));

  expect(reply.content).toBe('ok');
  expect(addresses).toEqual(['https://router.huggingface.co/v1/chat/completions']);
  expect(server.requests[0]).toMatchObject({
    headers: { authorization: `Bearer ${TOKEN}`, 'x-hf-bill-to': 'org', 'x-extra': 'more' },
    body: { model: 'Qwen/Qwen2.5-Coder-32B-Instruct' },
  });
});

test('the part for the model and the library are fetched in real time, which a virtual clock must not run past', async () => {
  const { fetch } = await redirected(completion({ content: 'ok' }));
  const held: string[] = [];
  const hold = () => {
    held.push('held');
    return () => void held.push('released');
  };
  const model = new HfApiModel({ token: TOKEN });

  await replyOf(model.generate(modelRequest({ fetch, clock: { ...virtualClock(), hold } })));

  expect(held).toEqual(['held', 'released', 'held', 'released']);
});

test('the search for a provider goes through the fetch of the run, under the same retries', async () => {
  const mapping = { together: { providerId: 'there/m', status: 'live', task: 'conversational' } };
  const { fetch, addresses, server } = await redirected(
    { status: 503, json: {} },
    { json: { inferenceProviderMapping: mapping } },
    { events: [chunk({ content: 'ok' }), chunk({}, 'stop'), DONE] },
  );
  const clock = virtualClock();
  clock.asleep(0).then(() => clock.advance(0)); // the wait before the second attempt
  const model = new HfApiModel({ modelId: 'owner/m', provider: 'together', token: TOKEN, random: () => 0 });

  const reply = await replyOf(model.generate(modelRequest({ fetch, clock, stream: true })));

  expect(reply.content).toBe('ok');
  expect(addresses.map((address) => new URL(address).host)).toEqual([
    'huggingface.co',
    'huggingface.co',
    'router.huggingface.co',
  ]);
  expect(server.requests[2]?.body).toMatchObject({ model: 'there/m', stream: true });
});

test.each<[string, Answer, string]>([
  ['owner/unserved', { json: { id: 'owner/m' } }, 'not_found'],
  ['owner/elsewhere', { json: { inferenceProviderMapping: {} } }, 'bad_request'],
  ['owner/unknown', { status: 404, json: { error: 'no such model' } }, 'not_found'],
])('that a model has not the provider asked for is told: %s', async (modelId, answer, kind) => {
  const { fetch, server } = await redirected(answer);
  const model = new HfApiModel({ modelId, provider: 'together', token: TOKEN });

  const failure = await collect(model.generate(modelRequest({ fetch }))).catch((error) => error);

  expect(failure).toMatchObject({ name: 'AgentGenerationError', kind });
  expect(server.requests).toHaveLength(1);
});

test('a missing token is told before anything is sent, unless there is an endpoint', async () => {
  setToken(undefined);
  const server = await chatServer(completion({ content: 'ok' }));

  const failure = await collect(new HfApiModel().generate(modelRequest())).catch((error) => error);
  const reply = await replyOf(new HfApiModel({ endpointUrl: server.url }).generate(modelRequest()));

  expect(failure).toMatchObject({ kind: 'auth', message: expect.stringMatching(/HF_TOKEN.*`token`/) });
  expect(reply.content).toBe('ok');
  expect(server.requests[0]?.headers).not.toHaveProperty('authorization');
});

test('a token that is not of Hugging Face is told as such where the router needs one', async () => {
  const model = new HfApiModel({ token: () => 'sk-of-somebody-else' });

  const failure = await collect(model.generate(modelRequest())).catch((error) => error);

  expect(failure).toMatchObject({ kind: 'auth', message: expect.stringContaining('hf_') });
  expect(failure.message).not.toContain('sk-of-somebody-else');
});

test('usage and ids that the server left out are left out of the reply', async () => {
  const server = await chatServer({ json: { choices: [{ message: { content: 'bare' } }] } });

  const reply = await replyOf(new HfApiModel({ endpointUrl: server.url, token: TOKEN }).generate(modelRequest()));

  expect(reply).toEqual({ content: 'bare', toolCalls: [] });
});

test('an endpoint address may hold the whole path', async () => {
  const server = await chatServer(completion({ content: 'ok' }));
  const model = new HfApiModel({ endpointUrl: `${server.url}/chat/completions`, token: TOKEN });

  await replyOf(model.generate(modelRequest()));

  expect(server.requests[0]?.path).toBe('/v1/chat/completions');
});

test('as JSON it shows its settings and no secret', () => {
  const model = new HfApiModel({
    modelId: 'm',
    token: TOKEN,
    provider: 'together',
    billTo: 'org',
    headers: { a: TOKEN },
  });

  expect(JSON.parse(JSON.stringify(model))).toEqual({
    class: 'HfApiModel',
    modelId: 'm',
    provider: 'together',
    billTo: 'org',
  });
});

test.each<[object, RegExp]>([
  [{ endpointUrl: 'host.test/v1' }, /endpointUrl is "host.test\/v1", must be an http/],
  [{ endpointUrl: 'https://me:pass@host.test' }, /endpointUrl is "…@host.test", must be without user name/],
  [{ provider: 5 }, /provider is 5, must be a text/],
  [{ billTo: 'a\nb' }, /billTo is "a\\nb", must be a text without line breaks/],
  [{ headers: { 'x-one': null } }, /headers.x-one \(not shown, object\) must be a text/],
  [{ parameters: null }, /parameters is null, must be an object/],
  [{ customRoleConversions: null }, /customRoleConversions is null, must be an object/],
  [{ endpointUrl: 'https://host.test', provider: 'together' }, /provider is "together" and endpointUrl/],
  [{ apiKey: 'x' }, /no option `apiKey`.*token/],
  [{ modelId: '' }, /modelId is ""/],
])('the options %j are refused', (options, words) => {
  const make = () => Reflect.construct(HfApiModel, [options]);

  expect(make).toThrow(AgentConfigurationError);
  expect(make).toThrow(words);
});

/** A fetch that sends every public address to a server on loopback, and the addresses it was asked for. */
async function redirected(...answers: Answer[]) {
  const server = await chatServer(...answers);
  const addresses: string[] = [];
  const toLoopback: Fetch = (input, init) => {
    addresses.push(String(input).replace(/\?.*/, ''));
    return fetch(server.url, { ...init, ...(init?.method === 'POST' ? {} : { method: 'GET' }) });
  };
  return { fetch: toLoopback, addresses, server };
}

function setToken(token: string | undefined): void {
  const before = process.env.HF_TOKEN;
  const set = (value: string | undefined) => {
    if (value === undefined) delete process.env.HF_TOKEN;
    else process.env.HF_TOKEN = value;
  };
  set(token);
  onTestFinished(() => set(before));
}
