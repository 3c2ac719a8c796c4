import { afterAll, beforeAll, expect, test } from 'vitest';
import { unstable_startWorker } from 'wrangler';

let worker: Awaited<ReturnType<typeof unstable_startWorker>>;

beforeAll(async () => {
  worker = await unstable_startWorker({
    config: 'wrangler.toml',
    dev: { server: { hostname: '127.0.0.1', port: 0 }, logLevel: 'error', inspector: false, watch: false },
  });
}, 60_000);
afterAll(() => worker?.dispose());

test('the built package loads in an edge worker, which keeps async context', async () => {
  const reply = await worker.fetch('http://127.0.0.1/');

  const body = await reply.json();

  expect(reply.status).toBe(200);
  expect(body).toEqual({ names: expect.arrayContaining(['AgentError', 'CodeAgent']), context: 'kept' });
});
