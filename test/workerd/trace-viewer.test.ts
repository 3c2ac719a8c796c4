import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root } from '../../scripts/steps.mjs';
import { openBrowser } from '../fakes/web-runtimes';
import { startWorkerd, type Workerd } from '../fakes/workerd';

const browser = await openBrowser();
let folder: string;
let workerd: Workerd;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'viewer-'));
  workerd = await startWorkerd('test/workerd/agent-runs-worker.ts', folder, {
    env: { MODEL_KEY: 'a-key-of-no-model' },
  });
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await workerd?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const headers = { authorization: 'Bearer test-token', 'x-user': 'ada', 'content-type': 'application/json' };

/** A run of the worker to its end; gives the id of its trace. */
async function traced(task: string): Promise<string> {
  const body = JSON.stringify({ agent: 'team', task });
  const reply = await fetch(`${workerd.origin}/runs`, {
    method: 'POST',
    body,
    headers: { ...headers, accept: 'text/event-stream' },
  });
  await reply.text();
  const facts = await fetch(`${workerd.origin}${reply.headers.get('location')}`, { headers });
  return String(Object(await facts.json()).traceId);
}

/** A page of the worker's own origin, as an app would put it there, with the built viewer; what it asks the worker goes there. */
async function open(src: string, sent: Record<string, string> = headers): Promise<Page> {
  if (!browser) throw new Error('there is no browser');
  const page = await (await browser.newContext({ extraHTTPHeaders: sent })).newPage();
  const html = `<!doctype html><script type="module" src="/app/trace-viewer.js"></script><agent-trace src="${src}"></agent-trace>`;
  await page.route('**/app/**', async (route) => {
    const { pathname } = new URL(route.request().url());
    if (pathname === '/app/page') return route.fulfill({ contentType: 'text/html', body: html });
    const body = await readFile(`${root}/dist/${pathname.slice('/app/'.length)}`);
    return route.fulfill({ contentType: 'text/javascript', body });
  });
  await page.goto(`${workerd.origin}/app/page`);
  return page;
}

test.skipIf(!browser)(
  'the trace of a run of the worker is shown by its address',
  async () => {
    const traceId = await traced('Halve 84.');
    await expect
      .poll(async () => (await fetch(`${workerd.origin}/traces/${traceId}`, { headers })).status, { timeout: 20_000 })
      .toBe(200);

    const page = await open(`/traces/${traceId}`);
    await page.locator('.sheet [role=row]').first().waitFor();

    expect(await page.locator('.chip').innerText()).toMatch(/^Answered/);
    expect(await page.locator('h2').innerText()).toBe('Halve 84.');
    expect(await page.locator('.sheet [role=row][data-kind=agent]').count()).toBeGreaterThan(0);
  },
  60_000,
);

test.skipIf(!browser)(
  'a trace that is not there, or is another one’s, is said to be missing',
  async () => {
    const traceId = await traced('Halve 42.');

    const missing = await open('/traces/0123456789abcdef0123456789abcdee');
    const foreign = await open(`/traces/${traceId}`, { ...headers, 'x-user': 'eve' });

    await expect.poll(() => missing.locator('[role=alert]').innerText()).toContain('404');
    await expect.poll(() => foreign.locator('[role=alert]').innerText()).toContain('404');
  },
  60_000,
);
