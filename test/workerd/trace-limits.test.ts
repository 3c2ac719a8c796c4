import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { traceBombs } from '../fakes/trace-bombs';
import { startWorkerd, type Workerd } from '../fakes/workerd';

let folder: string;
let workerd: Workerd;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bombs-'));
  workerd = await startWorkerd('test/workerd/agent-runs-worker.ts', folder, {
    env: { MODEL_KEY: 'a-key-of-no-model' },
  });
});
afterAll(async () => {
  await workerd?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function send(body: Uint8Array<ArrayBuffer>): Promise<Response> {
  const headers = { authorization: 'Bearer test-token', 'x-user': 'ada', 'content-encoding': 'gzip' };
  const type = { 'content-type': 'application/json' };
  return fetch(`${workerd.origin}/v1/traces`, { method: 'POST', body, headers: { ...headers, ...type } });
}

test.each([...traceBombs(), ['bytes', ' '.repeat(8 * 1024 * 1024 + 1), 'more than']])(
  'a body that holds too many %s is refused in workerd too, and the worker serves on',
  async (_, body, words) => {
    const refused = await send(new Uint8Array(gzipSync(body)));
    const told = await refused.text();
    const next = await send(new Uint8Array(gzipSync('{"resourceSpans":[]}')));

    expect([refused.status, next.status]).toEqual([413, 200]);
    expect(told).toContain(words);
  },
);

test('twenty at once neither end the process nor stay in its memory', async () => {
  const bombs = traceBombs().map(([, body]) => new Uint8Array(gzipSync(body)));
  const before = await workerd.memory();

  const replies = await Promise.all(
    Array.from({ length: 20 }, (_, index) => send(bombs[index % bombs.length] ?? new Uint8Array())),
  );
  const statuses = new Set(replies.map(({ status }) => status));
  const growth = (await workerd.memory()) - before;

  expect([...statuses]).toEqual([413]);
  expect(growth).toBeLessThan(200 * 1024 * 1024); // 49 MB were measured
});
