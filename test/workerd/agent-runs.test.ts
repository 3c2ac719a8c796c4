import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Collector, type CollectorRequest, startCollector } from '../fakes/collector';
import { nameTree } from '../fakes/name-tree';
import { startWorker } from '../fakes/web-runtimes';

let collector: Collector;
let worker: Awaited<ReturnType<typeof startWorker>>;
let origin: string;

beforeAll(async () => {
  collector = await startCollector();
  worker = await startWorker('test/workerd/agent-runs-worker.ts', {
    bindings: {
      AGENT_RUNS: { type: 'durable_object_namespace', class_name: 'AgentRunObject' },
      OTLP_URL: { type: 'plain_text', value: collector.url },
      MODEL_KEY: { type: 'secret_text', value: 'key "with" quotes 123' },
    },
    migrations: [{ tag: 'v1', new_sqlite_classes: ['AgentRunObject'] }],
  });
  origin = (await worker.url).origin;
});
afterAll(async () => {
  await worker?.dispose();
  await collector?.[Symbol.asyncDispose]();
});

const HEADERS = { authorization: 'Bearer test-token', 'x-user': 'ada', 'content-type': 'application/json' };

interface Facts {
  runId: string;
  state: string;
  output?: unknown;
  steps: number;
  traceId: string;
  usage: { inputTokens: number };
  error?: { message: string };
}

/** Over a real connection, which can be closed. */
function ask(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${origin}${path}`, { ...init, headers: { ...HEADERS, ...(init.headers as Record<string, string>) } });
}

function start(body: object, init: RequestInit = {}): Promise<Response> {
  return ask('/runs', { method: 'POST', body: JSON.stringify(body), ...init });
}

const STREAM = { headers: { accept: 'text/event-stream' } };

function numbersOf(text: string): number[] {
  return [...text.matchAll(/^id: (\d+)$/gm)].map(([, number]) => Number(number));
}

function typesOf(text: string): string[] {
  return [...text.matchAll(/^data: (.+)$/gm)].map(([, json = '']) => (JSON.parse(json) as { type: string }).type);
}

async function factsOf(runId: string): Promise<Facts> {
  return (await (await ask(`/runs/${runId}`)).json()) as Facts;
}

async function ended(runId: string): Promise<Facts> {
  await (await ask(`/runs/${runId}/events`)).text();
  return factsOf(runId);
}

test('a run of a code agent with a managed agent streams its events and is kept with its answer', async () => {
  const reply = await start({ agent: 'team', task: 'Halve 84.' }, STREAM);
  const text = await reply.text();

  expect(reply.status).toBe(200);
  expect(reply.headers.get('content-type')).toBe('text/event-stream');
  expect(numbersOf(text)).toEqual(numbersOf(text).map((_, index) => index + 1));
  expect(typesOf(text).at(0)).toBe('run-start');
  expect(typesOf(text).at(-1)).toBe('run-end');
  const facts = await (await ask(reply.headers.get('location') ?? '')).json();
  expect(facts).toMatchObject({ state: 'success', steps: 2, agent: 'team', task: 'Halve 84.' });
  expect(facts).toMatchObject({ output: { found: { $: 'bigint', value: '42' }, at: { $: 'Date' } } });
});

test('the spans of a run arrive whole at the collector, and are kept for viewers as one trace below the caller', async () => {
  const traceId = '0123456789abcdef0123456789abcdef';
  const traceparent = `00-${traceId}-0123456789abcdef-01`;
  const { runId } = (await (await start({ agent: 'team', task: 'x' }, { headers: { traceparent } })).json()) as Facts;
  const facts = await ended(runId);

  await expect.poll(() => nameTree(spansOf(traceId))).toEqual(TEAM_TREE);
  const kept = await ask(`/traces/${traceId}`);
  const foreign = await ask(`/traces/${traceId}`, { headers: { 'x-user': 'eve' } });

  expect(facts.traceId).toBe(traceId);
  expect(collector.requests.at(-1)?.headers['content-type']).toBe('application/x-protobuf'); // all that Phoenix takes
  expect(JSON.stringify(await kept.json()).match(/"spanId"/g)?.length).toBe(TEAM_TREE.length);
  expect(foreign.status).toBe(404);
});

const TEAM_TREE = [
  'CodeAgent.run',
  '  Step 1',
  '    ScriptedModel.generate',
  '    helper.run',
  '      Step 1',
  '        ScriptedModel.generate',
  '        half',
  '      Step 2',
  '        ScriptedModel.generate',
  '        FinalAnswerTool',
  '  Step 2',
  '    ScriptedModel.generate',
  '    FinalAnswerTool',
];

function textOf({ headers, body }: CollectorRequest): string {
  return String(headers['content-encoding'] === 'gzip' ? gunzipSync(body) : Buffer.from(body));
}

function spansOf(traceId: string) {
  return collector.requests.flatMap(({ spans }) => spans).filter((span) => span.traceId === traceId);
}

test('without a stream the run is known by its id, and goes on by itself', async () => {
  const reply = await start({ agent: 'visitor', task: 'x' });
  const { runId, state } = (await reply.json()) as Facts;
  const facts = await ended(runId);

  expect([reply.status, state, reply.headers.get('location')]).toEqual([200, 'running', `/runs/${runId}`]);
  expect(facts).toMatchObject({ runId, state: 'success', output: 'x', usage: { inputTokens: 10 } });
});

test('a reader who comes again gets what follows, without a gap or a repeat, and is told when there is no more', async () => {
  const { runId } = (await (await start({ agent: 'visitor', task: 'long' })).json()) as Facts;
  const first = await firstBytes(await ask(`/runs/${runId}/events`));
  const seen = numbersOf(first);

  const rest = await (await ask(`/runs/${runId}/events`, { headers: { 'last-event-id': String(seen.at(-1)) } })).text();
  const all = numbersOf(await (await ask(`/runs/${runId}/events`)).text());
  const after = await ask(`/runs/${runId}/events`, { headers: { 'last-event-id': String(all.at(-1)) } });

  expect([...seen, ...numbersOf(rest)]).toEqual(all);
  expect(all).toEqual(all.map((_, index) => index + 1));
  expect(after.status).toBe(204);
});

/** What comes first, then the connection is closed. */
async function firstBytes(reply: Response): Promise<string> {
  const reader = reply.body?.getReader();
  const { value } = (await reader?.read()) ?? {};
  await reader?.cancel();
  return new TextDecoder().decode(value);
}

test('two hundred readers of one run get the same events', async () => {
  const { runId } = (await (await start({ agent: 'visitor', task: 'long' })).json()) as Facts;

  const texts = await Promise.all(Array.from({ length: 200 }, async () => (await ask(`/runs/${runId}/events`)).text()));

  const streams = new Set(texts.map((text) => text.replaceAll(': heartbeat\n\n', '')));
  expect(streams.size).toBe(1);
  expect(typesOf(texts[0] ?? '').at(-1)).toBe('run-end');
});

test('a streamed run ends when its visitor has been away for the time of grace', async () => {
  const leaving = new AbortController();
  const reply = await start({ agent: 'visitor', task: 'long' }, { ...STREAM, signal: leaving.signal });
  const runId = (reply.headers.get('location') ?? '').slice('/runs/'.length);
  await (await ask('/calls')).text();
  leaving.abort();
  await expect.poll(async () => (await factsOf(runId)).state).not.toBe('running'); // who reads its events is a reader
  const facts = await factsOf(runId);

  expect(facts).toMatchObject({ state: 'interrupted', error: { message: expect.stringContaining('last reader') } });
});

test('a run in the background goes on when its first reader leaves', async () => {
  const leaving = new AbortController();
  const reply = await start(
    { agent: 'visitor', task: 'long', background: true },
    { ...STREAM, signal: leaving.signal },
  );
  const runId = (reply.headers.get('location') ?? '').slice('/runs/'.length);
  leaving.abort();

  await expect.poll(async () => (await factsOf(runId)).state).toBe('success');
});

test('a deleted run ends at once, and its model is asked no more', async () => {
  const { runId } = (await (await start({ agent: 'visitor', task: 'long' })).json()) as Facts;
  await firstBytes(await ask(`/runs/${runId}/events`));
  const reply = await ask(`/runs/${runId}`, { method: 'DELETE' });
  const facts = (await reply.json()) as Facts;
  await (await ask('/calls')).text();
  const events = await (await ask(`/runs/${runId}/events`)).text();

  expect(reply.status).toBe(200);
  expect(facts).toMatchObject({ state: 'interrupted', error: { message: expect.stringContaining('deleted') } });
  expect(typesOf(events).at(-1)).toBe('run-end');
  expect(await (await ask('/calls')).json()).toBe(0);
});

test("another's run is not there: not its state, not its events, and it cannot be ended", async () => {
  const { runId } = (await (await start({ agent: 'visitor', task: 'x' })).json()) as Facts;
  const foreign = { headers: { 'x-user': 'eve' } };

  const replies = await Promise.all([
    ask(`/runs/${runId}`, foreign),
    ask(`/runs/${runId}/events`, foreign),
    ask(`/runs/${runId}`, { ...foreign, method: 'DELETE' }),
    ask(`/runs/${crypto.randomUUID()}`),
    ask('/runs/..%2f..%2fx'),
  ]);

  expect(replies.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404]);
  expect(new Set(await Promise.all(replies.map((reply) => reply.text()))).size).toBe(1);
});

test('a key is in no answer and no span, also where an error holds it', async () => {
  const { runId } = (await (await start({ agent: 'leaky', task: 'x' })).json()) as Facts;
  const events = await (await ask(`/runs/${runId}/events`)).text();
  const facts = await factsOf(runId);
  const broken = await start({ agent: 'broken', task: 'x' });
  await expect.poll(() => spansOf(facts.traceId).length).toBeGreaterThan(1);
  const kept = await (await ask(`/traces/${facts.traceId}`)).text();
  const told = [events, JSON.stringify(facts), await broken.text(), kept, ...collector.requests.map(textOf)];

  expect(broken.status).toBe(500);
  expect(facts.error?.message).toContain('__REDACTED__');
  expect(told.filter((text) => /key ..?with|quotes 123/.test(text))).toEqual([]);
});

test('an event larger than a row is kept whole', async () => {
  const { runId } = (await (await start({ agent: 'long', task: 'x' })).json()) as Facts;
  const { output, state } = await ended(runId);

  expect(state).toBe('success');
  expect(output === '🦊é'.repeat(500_000)).toBe(true);
});

test('what visitors send that is no OTLP is refused, and spans of others are not touched', async () => {
  const body = (traceId: string) =>
    JSON.stringify({
      resourceSpans: [{ scopeSpans: [{ spans: [{ traceId, spanId: 'ab'.repeat(8), name: 'mine' }] }] }],
    });
  const traceId = 'ab'.repeat(16);
  const send = (text: string, headers: Record<string, string> = {}) =>
    ask('/v1/traces', { method: 'POST', body: text, headers });

  const mine = await send(body(traceId));
  const foreign = await send(body(traceId).replace('mine', 'forged'), { 'x-user': 'eve' });
  const kept = await (await ask(`/traces/${traceId}`)).text();
  const refused = await Promise.all([
    send('{"resourceSpans":7}'),
    send(body('not-an-id')),
    send('x', { 'content-type': 'text/plain' }),
    send('x', { 'content-type': 'application/x-protobuf' }),
    send('no gzip', { 'content-encoding': 'gzip' }),
  ]);

  expect([mine.status, foreign.status]).toEqual([200, 200]);
  expect(kept).toContain('"mine"');
  expect(kept).not.toContain('forged');
  expect(refused.map(({ status }) => status)).toEqual([400, 400, 415, 400, 400]);
});
