import { type Context, trace } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import { AgentError } from '../../src/errors';
import { calls, finalAnswer, scriptedModel } from '../../src/testing/scripted-model';
import { tool } from '../../src/tools/tool';
import type { Fetch } from '../../src/web/fetch';
import { partsOfSecret, secretsWithin } from '../../src/worker/secrets/secret-parts';
import { readTracesProtobuf } from '../../src/worker/traces/otlp-protobuf';
import { asks, hostedWorker } from '../fakes/hosted-worker';

const PEM =
  '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0\nBAQEFAASCBKcwggSjAgEAAo\n-----END PRIVATE KEY-----\n';
const ACCOUNT = {
  type: 'service_account',
  project_id: 'my-project-123456',
  private_key_id: 'a1b2c3d4e5f6',
  private_key: PEM,
  client_email: 'service@my-project.iam.gserviceaccount.com',
  client_id: '123456789012345678901',
  token_uri: 'https://oauth2.googleapis.com/token',
  environment: 'production',
};

test.each<[string, unknown, readonly string[]]>([
  [
    'JSON',
    JSON.stringify(ACCOUNT),
    ['a1b2c3d4e5f6', 'BAQEFAASCBKcwggSjAgEAAo', 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAo'],
  ],
  ['an object of [vars]', ACCOUNT, ['a1b2c3d4e5f6', 'MIIEvQIBADANBgkqhkiG9w0']],
  ['JSON in base64', btoa(JSON.stringify(ACCOUNT)), ['a1b2c3d4e5f6', 'MIIEvQIBADANBgkqhkiG9w0']],
  ['a list in JSON', '["first-secret","production"]', ['first-secret']],
  ['lists below a name', '{"keys":["opensesame"],"region":"eu-west-1"}', ['opensesame']],
  ['a number', { pin_key: 12345678, count: 87654321 }, ['12345678']],
  ['a list', 'alpha-secret, beta-secret;gamma-secret', ['alpha-secret', 'beta-secret', 'gamma-secret']],
  ['lines', 'KEY="opensesame"\nREGION=production', ['opensesame']],
  ['id:key', 'admin:opensesame', ['opensesame']],
  ['a short password', 'admin:hunter2', ['hunter2']],
  ['a header', 'X-Api-Key: opensesame', ['opensesame']],
  ['several headers', 'api_key=opensesame,x-stage=production', ['opensesame']],
  ['Basic', `Basic ${btoa('admin:opensesame')}`, ['opensesame', btoa('admin:opensesame')]],
  [
    'an address',
    'postgres://admin:p%40ss%20word@db.example.com:5432/production?sslmode=require',
    ['p%40ss%20word', 'p@ss word'],
  ],
  ['an address of many hosts', 'mongodb://admin:opensesame@one.example.com,two.example.com/db', ['opensesame']],
  ['an address with a key', 'https://api.example.com/v1/models?api_key=opensesame&stage=production', ['opensesame']],
  ['a DSN', 'https://a1b2c3d4e5@o1234.ingest.example.com/99', ['a1b2c3d4e5']],
  ['a webhook', 'https://hooks.example.com/services/T00000000/XXXX1234abcdXXXX', ['XXXX1234abcdXXXX']],
  ['a connection', 'AccountName=storage;AccountKey=abcDEF123+/==;EndpointSuffix=core.example.net', ['abcDEF123+/==']],
  ['a token with its number', '17|opensesametoken', ['opensesametoken']],
])('the parts of %s are secrets', (_, value, parts) => {
  expect(partsOfSecret(value)).toEqual(expect.arrayContaining([...parts]));
});

test.each<[unknown, readonly string[]]>([
  [
    ACCOUNT,
    ['production', 'service_account', 'my-project-123456', ACCOUNT.client_email, ACCOUNT.client_id, ACCOUNT.token_uri],
  ],
  ['production,development,opensesame1', ['production', 'development']],
  [
    'https://user:hunter2hunter2@public.example.com/path/to/models',
    ['public.example.com', 'user', 'models', 'https://public.example.com'],
  ],
  [
    '{"auth_type":"authorized","endpoint":"https://api.example.com/v1/chat","api_key":"hunter2hunter2"}',
    ['authorized', 'https://api.example.com/v1/chat'],
  ],
  [
    '192.168.100.100,api.example.com,api.example.com:8443',
    ['192.168.100.100', 'api.example.com', 'api.example.com:8443'],
  ],
  [PEM, ['-----BEGIN PRIVATE KEY-----', '-----BEGIN', 'PRIVATE']],
])('of %j what is public or a word is none', (value, ordinary) => {
  const parts = partsOfSecret(value);

  expect(parts.length).toBeGreaterThan(0);
  expect(parts.filter((part) => ordinary.includes(part))).toEqual([]);
});

test.each<[unknown, readonly string[]]>([
  ['postgres://admin:opensesame@db.example.com/db', ['opensesame']],
  ['{"api_key":"opensesame","tokenizer":"cl100k_base","cacheKey":"customers","stage":"production"}', ['opensesame']],
  [{ collector: { token: 'opensesame' }, list: ['aaaa1111bbbb2222'] }, ['opensesame']],
  ['admin:opensesame', []],
  ['a1b2c3d4e5f6,b1b2c3d4e5f6', []],
  ['https://api.example.com/v1/abcdef123456abcdef', []],
])('in %j, of a variable whose name says nothing, are the secrets %j', (value, secrets) => {
  expect(secretsWithin(value)).toEqual(secrets);
});

test('what a binding holds is not looked into', () => {
  class Binding {
    readonly token = 'opensesame';
    get secret(): string {
      throw new Error('asked');
    }
  }

  expect([partsOfSecret(new Binding()), secretsWithin(new Binding())]).toEqual([[], []]);
});

test.each([
  '[[[[[[[[[["opensesame"]]]]]]]]]]',
  `{"a":${'['.repeat(10_000)}`,
  '\u0000'.repeat(99),
  '=:=:=:',
  ',,,;;;',
  '://@:@',
  '',
])('the value %j is read without an end or an error', (value) => {
  expect(partsOfSecret(value)).toBeInstanceOf(Array);
  expect(secretsWithin(value)).toBeInstanceOf(Array);
});

/** All that comes out of a worker whose tool tells a text wherever it can. */
async function allTold(env: object, leaked: string, number = Number.NaN) {
  const sent: string[] = [];
  const fetch: Fetch = async (input, init) => {
    const body = await new Request(input, init).bytes();
    sent.push(JSON.stringify(readTracesProtobuf(body, 100_000)));
    return new Response(null, { status: 200 });
  };
  const tell = tool({
    ...{ name: 'tell', description: 'Tells.', inputs: {}, repeatable: true },
    execute: async (_, { span, context }) => {
      const active = trace.getSpan(context as Context); // a tool may write by OpenTelemetry itself
      active?.setAttributes({ [leaked]: leaked, raw: [number, 1], list: [leaked] });
      active?.addEvent(leaked, { [leaked]: leaked, raw: number });
      const attributes = { [leaked]: leaked, number };
      await span(leaked, () => Promise.reject(named(new Error(leaked), leaked)), attributes).catch(() => {});
      return { [leaked]: leaked, number };
    },
  });
  const fail = tool({
    ...{ name: 'fail', description: 'Fails.', inputs: {} },
    execute: () => {
      throw named(new AgentError(leaked), leaked);
    },
  });
  const model = scriptedModel(
    { ...calls(['tell', {}, 'c1'], ['fail', {}, 'c2'], [leaked, { [leaked]: leaked }, 'c3']), content: leaked },
    finalAnswer({ [leaked]: leaked, number }),
  );
  const agents = { visitor: () => new ToolCallingAgent({ model, tools: [tell, fail], streamOutputs: true }) };
  const traces = { url: 'https://collector.example/v1/traces' };
  const { ask, start } = asks(hostedWorker({ agents, traces, fetch }), env);
  const reply = await start({ task: 'x' }, { accept: 'text/event-stream' });
  const path = reply.headers.get('location') ?? '';
  const told = [await reply.text(), await (await ask(path)).text(), await (await ask(`${path}/events`)).text()];
  const { traceId } = JSON.parse(told[1] ?? '') as { traceId: string };
  await expect.poll(() => sent.join()).toContain('ToolCallingAgent.run');
  told.push(await (await ask(`/traces/${traceId}`)).text(), ...sent);
  const post = { method: 'POST', headers: { 'content-type': 'application/json' } };
  for (const body of [
    { step: 1, results: { c1: leaked, [leaked]: 1 } },
    { step: 9, task: leaked },
    { step: 1, code: leaked },
  ])
    told.push(await (await ask(`${path}/fork`, { ...post, body: JSON.stringify(body) })).text());
  told.push(
    await (await ask(`${path}/answers/${encodeURIComponent(leaked)}`, { ...post, body: '{"allow":true}' })).text(),
  );
  return told;
}

function named(error: Error, name: string): Error {
  return Object.defineProperty(error, 'name', { value: name });
}

test.each<[string, object, string]>([
  ['JSON', { MODEL_KEY: JSON.stringify({ private_key: 'opensesame' }) }, 'opensesame'],
  ['a list', { MODEL_KEYS: 'first-secret,second-secret' }, 'second-secret'],
  ['id:key', { API_AUTH: 'client:opensesame' }, 'opensesame'],
  ['a header', { OTLP_HEADERS: 'X-Api-Key: opensesame' }, 'opensesame'],
  ['[vars]', { CONFIG: { collector: { api_key: 'opensesame' } } }, 'opensesame'],
  ['an address', { DATABASE_URL: 'postgres://admin:opensesame@db.example.com/db' }, 'opensesame'],
])('a secret in %s is in no answer, event, trace or request to the collector', async (_, env, secret) => {
  const told = await allTold(env, secret);

  expect(told.filter((text) => text.includes(secret))).toEqual([]);
  expect(told.filter((text) => text.includes('__REDACTED__')).length).toBeGreaterThanOrEqual(6);
});

test('a secret that is a number is in no attribute of a span, and counts of tokens stay numbers', async () => {
  const told = await allTold({ ACCOUNT_KEY: '1234567890' }, 'some-text', 1234567890);

  expect(told.filter((text) => text.includes('1234567890'))).toEqual([]);
  expect(told[3]).toMatch(/"llm.token_count.prompt","value":\{"intValue"/);
});
