import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWorker } from '../fakes/web-runtimes';

let worker: Awaited<ReturnType<typeof startWorker>>;

beforeAll(async () => {
  worker = await startWorker('test/workerd/package-worker.ts');
});
afterAll(() => worker?.dispose());

test('the built package loads in an edge worker, which keeps async context', async () => {
  const reply = await worker.fetch('http://127.0.0.1/');

  const body = await reply.json();

  expect(reply.status).toBe(200);
  expect(body).toEqual({ names: expect.arrayContaining(['AgentError', 'CodeAgent']), context: 'kept' });
});
