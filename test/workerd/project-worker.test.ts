import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { localWebFetch } from '../../demo/fixtures/local-web';
import { QUESTION } from '../../demo/program';
import { type Collector, startCollector } from '../fakes/collector';
import { type ModelServer, startModelServer } from '../fakes/model-server';
import { nameTree } from '../fakes/name-tree';
import { type OutboundProxy, serveOutbound } from '../fakes/outbound-proxy';
import { codeReply, toolCall } from '../fakes/public-server';
import { startWorkerd, type Workerd } from '../fakes/workerd';

const TOKEN = 'token-of-the-visitor';
const KEY = 'key-of-the-model';
const QUERY = 'US GDP growth rate 2024';
const PAGE = 'https://ledger-of-nations.example/us/gdp-2024';

/** What the model says to the example: two steps of the manager, three of the agent that it sends to the web. */
const SCRIPT = [
  codeReply("console.log(await managed_agent({ task: 'Find the US GDP growth rate of 2024.' }));").content,
  toolCall('web_search', { query: QUERY }, 'c1'),
  toolCall('visit_webpage', { url: PAGE }, 'c2'),
  toolCall('final_answer', { answer: 'It was 2.8 percent.' }, 'c3'),
  codeReply('final_answer(Math.round((10 * Math.log(2)) / Math.log(1.028)) / 10);').content,
];

let model: ModelServer;
let collector: Collector;
let web: OutboundProxy;
let folder: string;
let worker: Workerd;

beforeAll(async () => {
  model = await startModelServer(SCRIPT);
  collector = await startCollector();
  const answer = localWebFetch(fetch);
  web = await serveOutbound(async (input, init) =>
    new URL(String(input)).hostname === 'moved.example' ? moved(String(input)) : answer(input, init),
  );
  folder = await mkdtemp(join(tmpdir(), 'project-worker-'));
  const env = { AGENT_TOKEN: TOKEN, MODEL_ENDPOINT: model.url, MODEL_KEY: KEY, OTLP_URL: collector.url };
  worker = await startWorkerd('demo/worker.ts', folder, { env, proxy: web.address });
});
beforeEach(() => web.forget());
afterAll(async () => {
  await worker?.[Symbol.asyncDispose]();
  await web?.[Symbol.asyncDispose]();
  await collector?.[Symbol.asyncDispose]();
  await model?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** A public page that leads elsewhere: to the address in its query. */
function moved(address: string): Response {
  return new Response(null, { status: 302, headers: { location: new URL(address).searchParams.get('to') ?? '' } });
}

function ask(path: string, { headers, ...init }: RequestInit & { headers?: Record<string, string> } = {}) {
  return fetch(`${worker.origin}${path}`, { ...init, headers: { authorization: `Bearer ${TOKEN}`, ...headers } });
}

const visit = (address: string) => ask(`/visit?url=${encodeURIComponent(address)}`);

test('the example runs to its answer in the deployed worker, and its trace is kept and sent on whole', async () => {
  const reply = await ask('/runs', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ agent: 'manager', task: QUESTION }),
  });
  const text = await reply.text();
  const facts = await (await ask(reply.headers.get('location') ?? '')).json();

  expect(reply.headers.get('content-type')).toBe('text/event-stream');
  expect(text).toContain('"type":"run-end"');
  expect(facts).toMatchObject({ agent: 'manager', state: 'success', output: 25.1, steps: 2 });
  expect(JSON.stringify(model.requests[3]?.body)).toContain('2.8 percent above that of the year before'); // the page
  expect(model.requests.map(({ key }) => key)).toEqual(SCRIPT.map(() => `Bearer ${KEY}`));
  const { traceId } = facts as { traceId: string };
  await collector.received(TREE.length);
  const sent = collector.requests.flatMap(({ spans }) => spans);
  const kept = await (await ask(`/traces/${traceId}`)).text();
  expect(nameTree(sent)).toEqual(TREE);
  expect(new Set(sent.map((span) => span.traceId))).toEqual(new Set([traceId]));
  expect(kept.match(/"spanId"/g)?.length).toBe(TREE.length);
  expect(text + kept).not.toContain(KEY);
});

const TREE = [
  'CodeAgent.run',
  '  Step 1',
  '    OpenAIModel.generate_stream',
  '    managed_agent.run',
  '      Step 1',
  '        OpenAIModel.generate_stream',
  '        DuckDuckGoSearchTool',
  '          POST',
  '      Step 2',
  '        OpenAIModel.generate_stream',
  '        VisitWebpageTool',
  '          GET',
  '      Step 3',
  '        OpenAIModel.generate_stream',
  '        FinalAnswerTool',
  '  Step 2',
  '    OpenAIModel.generate_stream',
  '    FinalAnswerTool',
];

test.each(['/runs', `/search?q=${QUERY}`, `/visit?url=${PAGE}`, '/traces/0123456789abcdef0123456789abcdef'])(
  '%s is closed to who has no token or another one, and nothing is fetched for them',
  async (path) => {
    const method = path === '/runs' ? 'POST' : 'GET';

    const without = await fetch(`${worker.origin}${path}`, { method });
    const other = await ask(path, { method, headers: { authorization: `Bearer ${TOKEN}r` } });

    expect([without.status, other.status]).toEqual([401, 401]);
    expect(web.asked).toEqual([]);
  },
);

test('a search in workerd gives the results of the public web', async () => {
  const reply = await ask(`/search?q=${encodeURIComponent(QUERY)}`);

  const { results } = (await reply.json()) as { results: object[] };

  expect(reply.status).toBe(200);
  expect(results).toContainEqual({
    title: 'United States: GDP growth in 2024',
    url: PAGE,
    snippet: expect.stringContaining('2.8 percent in 2024'),
  });
});

test('a visit in workerd gives a public page as Markdown, also through a redirect, and takes nothing of the visitor along', async () => {
  const direct = await visit(PAGE);
  const led = await visit(`https://moved.example/?to=${PAGE}`);

  const [page, same] = [await direct.text(), await led.text()];

  expect(direct.headers.get('content-type')).toBe('text/markdown; charset=utf-8');
  expect(page).toContain('| 2024 | 2.8 percent |');
  expect(same).toBe(page);
  expect(web.asked.map(({ url }) => url)).toEqual([PAGE, `https://moved.example/?to=${PAGE}`, PAGE]);
  expect(web.asked.filter(({ headers }) => headers.authorization ?? headers.cookie)).toEqual([]);
});

test('a visit in workerd to loopback is refused unasked, and a redirect to there is not followed', async () => {
  const inside = `${model.url}/models`;

  const direct = await visit(inside);
  const led = await visit(`https://moved.example/?to=${inside}`);

  expect([direct.status, led.status]).toEqual([400, 400]);
  expect(await led.json()).toMatchObject({ code: 'web_access', detail: expect.stringContaining(inside) });
  expect(web.asked.map(({ url }) => url)).toEqual([`https://moved.example/?to=${inside}`]);
});

test('a page that is missing is a problem document with what it answered', async () => {
  const reply = await visit('https://ledger-of-nations.example/none');

  expect(reply.status).toBe(502);
  expect(await reply.json()).toMatchObject({ code: 'web_access', detail: expect.stringContaining('404') });
});
