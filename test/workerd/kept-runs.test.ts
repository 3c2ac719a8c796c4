import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWorker } from '../fakes/web-runtimes';

let worker: Awaited<ReturnType<typeof startWorker>>;
let origin: string;

beforeAll(async () => {
  worker = await startWorker('test/workerd/kept-runs-worker.ts', {
    bindings: {
      AGENT_RUNS: { type: 'durable_object_namespace', class_name: 'AgentRunObject' },
      FORGOTTEN_RUNS: { type: 'durable_object_namespace', class_name: 'ForgottenRunObject' },
    },
    migrations: [{ tag: 'v1', new_sqlite_classes: ['AgentRunObject', 'ForgottenRunObject'] }],
  });
  origin = (await worker.url).origin;
});
afterAll(() => worker?.dispose());

function ask(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${origin}${path}`, init);
}

/** Posts, and reads the stream to its end. */
async function run(path: string, body: object, headers: Record<string, string> = {}) {
  const reply = await ask(path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
  });
  return { status: reply.status, path: reply.headers.get('location') ?? '', text: await reply.text() };
}

async function facts(path: string, headers: Record<string, string> = {}): Promise<Record<string, unknown>> {
  return (await (await ask(path, { headers })).json()) as Record<string, unknown>;
}

test('a run that waits goes on by an answer, and another answer to it finds no call', async () => {
  const { path } = await run('/runs', { agent: 'payer', task: 'Pay.' });
  const waiting = await facts(path);

  const wrong = await run(`${path}/answers/nope`, { allow: true });
  const right = await run(`${path}/answers/p1`, { allow: true });
  const late = await run(`${path}/answers/p1`, { allow: true });

  expect(waiting).toMatchObject({ state: 'waiting', waiting: [{ callId: 'p1' }] });
  expect([wrong.status, right.status, late.status]).toEqual([404, 200, 404]);
  expect(await facts(path)).toMatchObject({ state: 'success', output: 'done' });
});

test('a run goes on with another task, and branches off before a step, with its variables', async () => {
  const first = await run('/runs', { agent: 'counter', task: 'Double it.' });

  const next = await run(`${first.path}/continue`, { task: 'And now?' });
  const fork = await run(`${first.path}/fork`, { step: 2, code: 'final_answer(n + 22)' });

  const outputs = await Promise.all([first, next, fork].map(async ({ path }) => (await facts(path)).output));
  expect(outputs).toEqual([40, 21, 42]);
});

test('events that are longer than what is read at once come whole, each once', async () => {
  const first = await run('/runs', { agent: 'reader', task: 'Read.' });

  const text = await (await ask(`${first.path}/events`)).text();

  expect(text).toBe(first.text);
  expect(text.match(/x{650000}/g)?.length).toBeGreaterThan(1); // the result, and the step
  const numbers = [...text.matchAll(/^id: (\d+)$/gm)].map(([, number]) => Number(number));
  expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  expect(text).toContain('"state":"success"');
});

test('what is asked of the web is checked before it is fetched', async () => {
  const paths = [
    '/search',
    '/search?q=%20',
    '/visit?url=http%3A%2F%2F127.0.0.1%2F',
    '/visit?url=ftp%3A%2F%2Fa.example',
  ];

  const replies = await Promise.all(paths.map((path) => ask(path)));

  expect(replies.map(({ status }) => status)).toEqual([400, 400, 400, 400]);
});

test('runs and traces that were removed are not there, and what comes under the same id later is kept anew', async () => {
  const forget = { 'x-forget': 'yes' };
  const traceId = 'ab'.repeat(16);
  const trace = { resourceSpans: [{ scopeSpans: [{ spans: [{ traceId, spanId: 'ab'.repeat(8), name: 'mine' }] }] }] };
  const send = () => run('/v1/traces', trace, forget);
  const { path } = await run('/runs', { agent: 'counter', task: 'Double it.' }, forget);
  await send();

  const status = async (of: string) => (await ask(of, { headers: forget })).status;
  await expect.poll(() => status(path)).toBe(404);
  await expect.poll(() => status(`/traces/${traceId}`)).toBe(404);
  const again = await send();

  expect(again.status).toBe(200);
  expect(await status(`/traces/${traceId}`)).toBe(200);
});
