import { expect, test } from 'vitest';
import { RemoteAgent } from '../../src/agents/remote-agent';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import { decode, encode } from '../../src/executors/codec';
import type { Model } from '../../src/models/model';
import { finalAnswer, scriptedModel } from '../../src/testing/scripted-model';
import type { Fetch } from '../../src/web/fetch';
import { secretsOf } from '../../src/worker/secrets/secrets';
import type { AgentWorkerOptions } from '../../src/worker/worker-options';
import { asks, hostedWorker } from '../fakes/hosted-worker';

const key = 'a "quoted" key\n\\end';
const settings = { auth: undefined, traces: undefined, secrets: () => [] };
const { fromText, fromTold } = secretsOf(
  { MODEL_KEY: key, HF_TOKEN: 'hf_abcdefgh', MODEL_ID: 'hf_model-of-mine', PIN_KEY: '1234' },
  settings,
);

test('secrets are taken out of texts as they are, and as JSON in a text writes them', () => {
  const text = `plain ${key}, written ${JSON.stringify({ key })}, hf_abcdefgh`;

  expect(fromText(text)).toBe('plain __REDACTED__, written {"key":"__REDACTED__"}, __REDACTED__');
});

test('what was JSON stays JSON, also where a text in it is JSON', () => {
  const json = JSON.stringify({ text: key, output: { inner: JSON.stringify({ key }), [key]: 'name' } });

  expect(JSON.parse(fromTold(json))).toEqual({
    text: '__REDACTED__',
    output: { inner: '{"key":"__REDACTED__"}', __REDACTED__: 'name' },
  });
});

test('a secret of digits is taken out of values that are numbers, dates and bytes, which stay readable', () => {
  const pin = '12345678';
  const { fromTold } = secretsOf({ ACCOUNT_KEY: pin }, settings);
  const output = {
    numbers: [12345678, -12345678.5, 1234567, 1e21],
    date: new Date(12345678),
    big: 9123456789n,
    bytes: new TextEncoder().encode(pin),
    pattern: /12345678/g,
    entries: new Map<unknown, unknown>([[12345678, { $: pin, 12345678: 'key' }]]),
    failure: new RangeError(`not ${pin}`),
    nothing: undefined,
  };
  const event = { type: 'final-answer', output, path: [], runId: 'r', step: 12345678 };

  const told = decode(fromTold(encode(event)));

  const removed = '__REDACTED__';
  expect(told).toEqual({
    ...event,
    output: {
      numbers: [removed, removed, 1234567, 1e21],
      ...{ date: removed, big: removed, bytes: removed, pattern: /__REDACTED__/g },
      entries: new Map([[removed, { $: removed, [removed]: 'key' }]]),
      failure: new RangeError(`not ${removed}`),
      nothing: undefined,
    },
  });
});

test('names, numbers and words of our own stay, also where a secret looks like one', () => {
  const { fromTold } = secretsOf(
    { AUTH_FIELD: 'inputTokens', AUTH_WORD: 'tool-result', AUTH_CODE: 'tool_call', AUTH_DAY: '17000000' },
    settings,
  );
  const error = { type: 'AgentToolCallError', code: 'tool_call', message: 'inputTokens' };
  const step = { code: 'tool_call', timing: { startMs: 1700000000000, endMs: 1700000000001 } };
  const usage = { inputTokens: 17000000, outputTokens: 1 };

  const told: unknown = JSON.parse(fromTold(JSON.stringify({ type: 'tool-result', error, step, usage })));

  expect(told).toEqual({
    type: 'tool-result',
    error: { ...error, message: '__REDACTED__' },
    step: { ...step, code: '__REDACTED__' },
    usage,
  });
});

test("the class of an error may be the developer's, and its name a text like others", () => {
  const { fromTold } = secretsOf({ MODEL_KEY: 'opensesame' }, settings);
  const error = { type: 'opensesame', code: 'agent', message: 'x', constructor: 'opensesame' };

  const told: unknown = JSON.parse(fromTold(JSON.stringify({ type: 'tool-result', error })));

  const removed = '__REDACTED__';
  expect(told).toEqual({ type: 'tool-result', error: { ...error, type: removed, constructor: removed } });
});

test('a short secret that is no word, since letters and digits are mixed in it, is taken out', () => {
  const env = { DB_PASS: 'hunter2', AUTH_MODE: 'basic', KEY_SIZE: '2048', KEY_VERSION: 'v1' };
  const { fromText, begunAtEnd } = secretsOf(env, settings);

  expect(fromText('hunter2 and basic 2048 of v1')).toBe('__REDACTED__ and basic 2048 of v1');
  expect(begunAtEnd('it is hunt')).toBe(4);
});

test('settings that are no secrets, and secrets as short as a word, are left in', () => {
  expect(fromText('hf_model-of-mine 1234')).toBe('hf_model-of-mine 1234');
});

test.each([
  ['percent-encoded', encodeURIComponent],
  ['percent-encoded in small letters', (text: string) => encodeURIComponent(text).toLowerCase()],
  ['in base64', btoa],
  ['in base64 of a longer text', (text: string) => btoa(`user:${text}!`)],
  ['in base64 of a text one longer', (text: string) => btoa(`users:${text}!`)],
  ['in base64 for addresses', (text: string) => btoa(text).replaceAll('+', '-').replaceAll('/', '_')],
])('a secret is taken out %s', (_, write) => {
  const secret = 'sk+abc/def>>?xyz';
  const { fromText } = secretsOf({ MODEL_KEY: secret }, settings);

  const text = fromText(`before ${write(secret)} after`);

  expect(text).toMatch(/^before .{0,12}__REDACTED__.{0,6} after$/);
});

test.each(['HF_PAT', 'DB_PASS', 'API_AUTH', 'JWT_SIGNING', 'OTLP_HEADERS', 'SESSION_COOKIE', 'SENTRY_DSN'])(
  'a variable named %s is a secret',
  (name) => {
    const { fromText } = secretsOf({ [name]: 'hunter2hunter2' }, settings);

    expect(fromText('it is hunter2hunter2')).toBe('it is __REDACTED__');
  },
);

test('what the options hold or name is a secret as what the environment holds', () => {
  const { fromText } = secretsOf(
    { OTHER: 'of-the-environment', AUTHOR: 'somebody-known' },
    {
      auth: { token: 'literal-token' },
      traces: { headers: { authorization: 'Bearer collector-token', 'x-other': 'api_key=phoenix-key' } },
      secrets: ({ OTHER }) => [OTHER, 'named-by-option'],
    },
  );

  const text = fromText('literal-token collector-token phoenix-key of-the-environment named-by-option somebody-known');

  expect(text).toBe(`${'__REDACTED__ '.repeat(5)}somebody-known`);
});

const SECRET = 'sk-0123456789';

/** What a reader sees of an agent that streams these pieces; thinking is in brackets. */
async function streamed(...pieces: string[]) {
  const model: Model = {
    modelId: 'teller',
    async *generate() {
      for (const piece of pieces)
        yield piece.startsWith('[') ? { type: 'reasoning', text: piece.slice(1, -1) } : { type: 'text', text: piece };
      const answer = { id: 'c1', name: 'final_answer', arguments: { answer: 'done' } };
      yield { type: 'reply', reply: { content: '', toolCalls: [answer] } };
    },
  };
  const agents = { visitor: () => new ToolCallingAgent({ model, streamOutputs: true }) };
  const options: Partial<AgentWorkerOptions<object>> = { agents, secrets: () => [SECRET] };
  const reply = await asks(hostedWorker(options)).start({ task: 'x' }, { accept: 'text/event-stream' });
  const events = [...(await reply.text()).matchAll(/^data: (.+)$/gm)].map(
    ([, json = '']) => JSON.parse(json) as { type: string; text: string },
  );
  const textOf = (kind: string) => events.flatMap(({ type, text }) => (type === kind ? [text] : [])).join('');
  return { text: textOf('text'), reasoning: textOf('reasoning') };
}

test('a secret that is streamed in pieces is taken out, however it is cut', async () => {
  for (let at = 1; at < SECRET.length; at += 1) {
    const { text } = await streamed(`it is ${SECRET.slice(0, at)}`, SECRET.slice(at), ' indeed');

    expect(text).toBe('it is __REDACTED__ indeed');
  }
  expect((await streamed(...SECRET)).text).toBe('__REDACTED__');
});

test('text that only begins as a secret does comes whole, also where nothing follows', async () => {
  const told = await streamed('a sk-01', '2 b', '[thought sk-]', 'sk-sk-0', '123');

  expect(told).toEqual({ text: 'a sk-012 bsk-sk-0123', reasoning: 'thought sk-' });
});

test('an owner whose name is a secret has his own run', async () => {
  const auth = { owner: ({ headers }: Request) => headers.get('authorization') ?? undefined };
  const { start, ask } = asks(hostedWorker({ auth }), { AGENT_TOKEN: 'my-agent-token' });
  const headers = { authorization: 'Bearer my-agent-token' };
  const reply = await start({ task: 'my-agent-token' }, headers);

  const facts = await ask(reply.headers.get('location') ?? '', { headers });

  expect([facts.status, (await facts.json()).task]).toEqual([200, '__REDACTED__']);
});

test.each([
  ['ACCOUNT_KEY', '12345678', 12345678],
  ['AUTH_FIELD', 'inputTokens', { inputTokens: 1 }],
])('a run whose answer is the secret in %s is told to its end, without it', async (name, secret, answer) => {
  const worker = hostedWorker({ model: scriptedModel(finalAnswer(answer)) });
  const remote = new RemoteAgent({ url: 'https://worker.example' });
  const fetch: Fetch = (input, init) => worker.fetch(new Request(input, init), { [name]: secret });

  const { state, output, usage, runId } = await remote.run('x', { fetch, returnFullResult: true });
  const facts = await (await fetch(`https://worker.example/runs/${runId}`)).json();

  expect(state).toBe('success');
  expect(JSON.stringify(output)).toMatch(/^"__REDACTED__"$|^\{"__REDACTED__":1\}$/);
  expect(facts).toMatchObject({ state: 'success', output, usage });
});
