import { expect, test } from 'vitest';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import type { Model } from '../../src/models/model';
import { secretsOf } from '../../src/worker/secrets';
import type { AgentWorkerOptions } from '../../src/worker/worker-options';
import { asks, hostedWorker } from '../fakes/hosted-worker';

const key = 'a "quoted" key\n\\end';
const settings = { auth: undefined, traces: undefined, secrets: () => [] };
const { fromText, fromJson } = secretsOf(
  { MODEL_KEY: key, HF_TOKEN: 'hf_abcdefgh', MODEL_ID: 'hf_model-of-mine', PIN_KEY: '1234' },
  settings,
);

test('secrets are taken out of texts as they are, and as JSON in a text writes them', () => {
  const text = `plain ${key}, written ${JSON.stringify({ key })}, hf_abcdefgh`;

  expect(fromText(text)).toBe('plain __REDACTED__, written {"key":"__REDACTED__"}, __REDACTED__');
});

test('what was JSON stays JSON, also where a text in it is JSON', () => {
  const json = JSON.stringify({ key, inner: JSON.stringify({ key }), [key]: 'name' });

  expect(JSON.parse(fromJson(json))).toEqual({
    key: '__REDACTED__',
    inner: '{"key":"__REDACTED__"}',
    __REDACTED__: 'name',
  });
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
