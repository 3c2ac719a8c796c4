import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import { finalAnswer, scriptedModel } from '../../src/testing/scripted-model';
import type { Fetch } from '../../src/web/fetch';
import type { ObjectHome } from '../../src/worker/objects';
import { memoryRows } from '../../src/worker/rows';
import { runTelemetry } from '../../src/worker/runs/run-telemetry';
import { workerSettings } from '../../src/worker/settings';
import { asks, hostedWorker } from '../fakes/hosted-worker';
import { traceBombs } from '../fakes/trace-bombs';

const TRACE_ID = 'ab'.repeat(16);
const BODY = JSON.stringify({
  resourceSpans: [{ scopeSpans: [{ spans: [{ traceId: TRACE_ID, spanId: 'cd'.repeat(8), name: 'a' }] }] }],
});

/** A worker whose collector answers so; what the collector got is kept. */
function relaying(answer: () => Response | Promise<Response>) {
  const got: Request[] = [];
  const fetch: Fetch = async (input, init) => {
    got.push(new Request(input, init));
    return answer();
  };
  const traces = { url: 'https://collector.example/v1/traces', headers: { authorization: 'Bearer of-the-worker' } };
  const { ask } = asks(hostedWorker({ traces, fetch }));
  const send = (body: BodyInit = BODY, headers: Record<string, string> = {}) =>
    ask('/v1/traces', { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });
  return { ask, send, got };
}

test('a body goes to the collector as it came, with the credentials of the worker and none of the visitor', async () => {
  const { send, got } = relaying(() => new Response('{}', { headers: { 'content-type': 'application/json' } }));
  const gzipped = await new Response(new Blob([BODY]).stream().pipeThrough(new CompressionStream('gzip'))).bytes();

  const reply = await send(gzipped, {
    'content-encoding': 'gzip',
    authorization: 'Bearer of-a-visitor',
    cookie: 'a=1',
  });

  expect(reply.status).toBe(200);
  expect(await got[0]?.bytes()).toEqual(gzipped);
  expect(Object.fromEntries(got[0]?.headers ?? [])).toEqual({
    authorization: 'Bearer of-the-worker',
    'content-type': 'application/json',
    'content-encoding': 'gzip',
  });
});

test('null for a list or an address stands for none, and an id in capitals is the same id', async () => {
  const { send, ask } = relaying(() => new Response('{}'));
  const spans = [{ traceId: TRACE_ID.toUpperCase(), spanId: 'CD'.repeat(8), parentSpanId: 'EF'.repeat(8), name: 'a' }];
  const scopes = [
    { schemaUrl: null, spans },
    { scope: null, spans: null },
  ];
  const body = { resourceSpans: [{ schemaUrl: null, scopeSpans: scopes }, { scopeSpans: null }] };

  const replies = [await send(JSON.stringify(body)), await send('{"resourceSpans":null}')];
  const kept = (await (await ask(`/traces/${TRACE_ID}`)).json()) as {
    resourceSpans: { scopeSpans: { spans: unknown[] }[] }[];
  };

  expect(replies.map(({ status }) => status)).toEqual([200, 200]);
  const ids = { traceId: TRACE_ID, spanId: 'cd'.repeat(8), parentSpanId: 'ef'.repeat(8) };
  expect(kept.resourceSpans[0]?.scopeSpans[0]?.spans).toMatchObject([ids]);
});

const IDS = `${TRACE_ID}-${'cd'.repeat(8)}`;

test.each([
  [`00-${IDS}-01`, true],
  [`01-${IDS}-01-more`, true],
  [`cc-${IDS}-01`, true],
  [`00-${IDS}-01-more`, false],
  [`ff-${IDS}-01`, false],
  [`01-${IDS}-01more`, false],
])('with the traceparent %s a run joins the caller: %j', async (traceparent, joins) => {
  const { start, ask } = asks(hostedWorker());

  const reply = await start({ task: 'x' }, { accept: 'text/event-stream', traceparent });
  await reply.text();

  const { traceId } = (await (await ask(reply.headers.get('location') ?? '')).json()) as { traceId: string };
  expect(traceId === TRACE_ID).toBe(joins);
  expect(traceId).toMatch(/^[0-9a-f]{32}$/);
});

test('a span that is sent again is kept once', async () => {
  const { send, ask } = relaying(() => new Response('{}'));

  await send();
  await send();
  const kept = await (await ask(`/traces/${TRACE_ID}`)).text();

  expect(kept.match(/"spanId"/g)).toHaveLength(1);
});

test.each([
  [429, 429, '7'],
  [503, 503, '7'],
  [500, 500, '7'],
  [401, 500, '7'],
])(
  'a collector that answers %i makes the relay answer %i, so that only what may be sent again is',
  async (theirs, ours, after) => {
    const { send, ask } = relaying(
      () => new Response('secret words', { status: theirs, headers: { 'retry-after': after } }),
    );

    const reply = await send();

    expect([reply.status, reply.headers.get('retry-after')]).toEqual([ours, after]);
    expect(await reply.text()).not.toContain('secret words');
    expect((await ask(`/traces/${TRACE_ID}`)).status).toBe(200);
  },
);

test.each([
  ['/abcdefgh', '127.0.0.1:PORT,'],
  ['http://name:word@elsewhere.example/v1', 'http://elsewhere.example,'],
  ['http://[', 'something that is no address'],
])('a collector that redirects to %s is not followed, and the problem names %s', async (location, named) => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.writeHead(request.url === '/v1/traces' ? 301 : 200, { location }).end();
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const traces = { url: `http://127.0.0.1:${port}/v1/traces`, headers: { api_key: 'of-the-worker' } };
  const { ask } = asks(hostedWorker({ traces }));

  const reply = await ask('/v1/traces', {
    method: 'POST',
    body: BODY,
    headers: { 'content-type': 'application/json' },
  });
  const { code, detail } = await reply.json();

  expect([reply.status, code, asked]).toEqual([500, 'collector', ['POST /v1/traces']]);
  expect(detail).toContain(named.replace('PORT', String(port)));
  expect(detail).not.toMatch(/abcdefgh|name:word/);
});

test('a collector that cannot be reached may be tried again', async () => {
  const { send } = relaying(() => Promise.reject(new Error('connect failed to 10.0.0.1')));

  const reply = await send();

  expect(reply.status).toBe(503);
  expect(await reply.text()).not.toContain('10.0.0.1');
});

test('a body that unpacks to more than is read is refused', async () => {
  const { send, got } = relaying(() => new Response('{}'));
  const large = new Blob([new Uint8Array(8 * 1024 * 1024 + 1)]);
  const bomb = await new Response(large.stream().pipeThrough(new CompressionStream('gzip'))).bytes();

  const reply = await send(bomb, { 'content-encoding': 'gzip' });

  expect([reply.status, got.length]).toEqual([413, 0]);
});

test('a span that is nested too deep to be written is refused', async () => {
  const { send } = relaying(() => new Response('{}'));

  const reply = await send(BODY.replace('"a"', `${'['.repeat(20_000)}${']'.repeat(20_000)}`));

  expect(reply.status).toBe(400);
});

const SPAN = { traceId: TRACE_ID, spanId: 'cd'.repeat(8), name: 'a' };
const gzip = (body: BlobPart) =>
  new Response(new Blob([body]).stream().pipeThrough(new CompressionStream('gzip'))).bytes();

test('what a resource and its scope say is kept once, however many spans lie in them', async () => {
  const { send, ask } = relaying(() => new Response('{}'));
  const large = 'r'.repeat(1_000_000);
  const spans = Array.from({ length: 1_500 }, (_, at) => ({ ...SPAN, spanId: String(at).padStart(16, '0') }));
  const scopeSpans = [{ scope: { name: 's' }, schemaUrl: 'https://scopes.example', spans }];
  const resource = { attributes: [{ key: 'large', value: { stringValue: large } }] };
  const body = { resourceSpans: [{ resource, schemaUrl: 'https://resources.example', scopeSpans }] };

  const reply = await send(await gzip(JSON.stringify(body)), { 'content-encoding': 'gzip' });

  expect(reply.status).toBe(200);
  expect(await (await ask(`/traces/${TRACE_ID}`)).json()).toEqual(body);
});

/** Sends spans with these attributes, five in a body; gives what is kept of them, in order. */
async function keptOf(spans: Record<string, string>[]) {
  const { send, ask } = relaying(() => new Response('{}'));
  const sent = spans.map((attributes, at) => ({
    ...SPAN,
    spanId: String(at).padStart(16, '0'),
    attributes: Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } })),
  }));
  for (let at = 0; at < sent.length; at += 5)
    await send(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: sent.slice(at, at + 5) }] }] }));
  const { resourceSpans, incomplete } = await (await ask(`/traces/${TRACE_ID}`)).json();
  return { sent, kept: resourceSpans[0].scopeSpans[0].spans, incomplete };
}

test('of a trace that grows too large every span is kept, the later ones without their longest attributes', async () => {
  const history = 'h'.repeat(1_000_000);
  const spans = Array.from({ length: 40 }, (_, at) => ({ a: 'LLM', 'input.value': history, output: `${at}` }));

  const { sent, kept, incomplete } = await keptOf(spans);

  const withoutHistory = (span: object) => ({
    ...span,
    attributes: [
      { key: 'a', value: { stringValue: 'LLM' } },
      { key: 'output', value: { stringValue: expect.any(String) } },
    ],
    droppedAttributesCount: 1,
  });
  expect(kept).toEqual(sent.map((span, at) => (at < 8 ? span : withoutHistory(span))));
  expect(incomplete).toBeUndefined();
});

test('a trace that spans are missing of, since there was no room, says so', async () => {
  const { send, ask } = relaying(() => new Response('{}'));
  const spanNamed = (name: string, spanId: string) => BODY.replace('"a"', `"${name}"`).replace('cd'.repeat(8), spanId);
  const ids = ['1', '2', '3'].map((id) => id.repeat(16));

  for (const id of ids) await send(spanNamed('n'.repeat(7_000_000), id));
  await send(spanNamed('a', '4'.repeat(16)));
  const kept = await (await ask(`/traces/${TRACE_ID}`)).json();

  expect(kept).toMatchObject({ incomplete: true });
  expect([...JSON.stringify(kept).matchAll(/"spanId":"(.)/g)].map(([, id]) => id)).toEqual(['1', '2', '4']);
});

test.each(traceBombs())('a body that holds too many %s is refused, and says so', async (_, body, words) => {
  const { send, got } = relaying(() => new Response('{}'));

  const reply = await send(await gzip(body), { 'content-encoding': 'gzip' });

  expect([reply.status, got.length]).toEqual([413, 0]);
  expect(await reply.text()).toContain(words);
});

test('signs within texts are no fields', async () => {
  const { send } = relaying(() => new Response('{}'));

  const reply = await send(BODY.replace('"a"', JSON.stringify('"\\,{['.repeat(200_000))));

  expect(reply.status).toBe(200);
});

test('a collector that refuses the spans of a run is asked once', async () => {
  let asked = 0;
  const fetch: Fetch = async () => {
    asked += 1;
    return new Response('no', { status: 400 });
  };
  const model = scriptedModel(finalAnswer('done'));
  const agent = new ToolCallingAgent({ model });
  const traces = { url: 'https://collector.example/v1/traces' };
  const settings = workerSettings({ agents: { visitor: () => agent }, model, traces, fetch });
  const home: ObjectHome = {
    rows: memoryRows(),
    wakeAt: async () => {},
    clear: async () => {},
    waitUntil: () => {},
    objects: () => ({ fetch: async () => Response.json({}) }),
  };
  const telemetry = await runTelemetry({ owner: '' }, { settings, home, env: {}, clean: (text) => text });

  await agent.run('x', { telemetry: telemetry.watcher });
  await telemetry.end();

  expect(asked).toBe(1);
});
