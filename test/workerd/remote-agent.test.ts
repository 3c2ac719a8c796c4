import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hostedWorker } from '../fakes/hosted-worker';
import { answeredBy } from '../fakes/served-worker';
import { startWorker } from '../fakes/web-runtimes';

const asked: Request[] = [];
const answer = answeredBy(hostedWorker(), asked);
const far = createServer((request, response) => {
  if (request.url?.startsWith('/moved')) response.writeHead(307, { location: '/runs' }).end();
  else answer(request, response);
});
let worker: Awaited<ReturnType<typeof startWorker>>;

beforeAll(async () => {
  await once(far.listen(0, '127.0.0.1'), 'listening');
  worker = await startWorker('test/workerd/remote-agent-worker.ts', {
    bindings: {
      AGENT_RUNS: { type: 'durable_object_namespace', class_name: 'AgentRunObject' },
      FAR: { type: 'plain_text', value: `http://127.0.0.1:${(far.address() as AddressInfo).port}` },
    },
    migrations: [{ tag: 'v1', new_sqlite_classes: ['AgentRunObject'] }],
  });
});
afterAll(async () => {
  await worker?.dispose();
  far.close();
});

test('a remote agent answers in an edge worker', async () => {
  const reply = await worker.fetch('http://127.0.0.1/alone?path=');

  expect(await reply.text()).toBe('done');
});

test('a hosted agent has the answer of the remote agent that it manages', async () => {
  const reply = await worker.fetch('http://127.0.0.1/runs', {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ task: 'Have 84 halved.' }),
  });

  const results = (await reply.text()).match(/^data: .*"type":"tool-result".*$/gm) ?? [];
  expect(results.at(0)).toContain('done');
});

test('a redirect is not followed in an edge worker either', async () => {
  asked.length = 0;

  const reply = await worker.fetch('http://127.0.0.1/alone?path=/moved');

  expect(await reply.text()).toMatch(/redirects to http:\/\/127\.0\.0\.1:\d+, which is not followed/);
  expect(asked).toEqual([]);
});
