import { expect, test } from 'vitest';
import { localWebFetch } from '../../demo/fixtures/local-web';
import { DuckDuckGoSearchTool } from '../../src/tools/duckduckgo';
import type { VisitWebpageOptions } from '../../src/tools/visit-page';
import { VisitWebpageTool } from '../../src/tools/visit-webpage';
import { asks, hostedWorker } from '../fakes/hosted-worker';
import { toolHandle } from '../fakes/tool-handle';

const refuse = () => Promise.reject(new Error('this test reaches nothing'));
const worker = hostedWorker({ web: true, fetch: localWebFetch(refuse) });
/** What a page's tools ask their worker by. */
const handle = toolHandle({ fetch: (input, init) => worker.fetch(new Request(input, init), {}) });
const proxy = 'https://worker.example';

test('the search tool of a page gets its results from the worker', async () => {
  const text = await new DuckDuckGoSearchTool({ proxy }).execute({ query: 'Velmora Bridge opened' }, handle);

  expect(text).toContain('[Velmora Bridge](https://bridges-and-tunnels.example/velmora-bridge)');
});

test('the page-visiting tool of a page gets Markdown from the worker, and its refusals in words', async () => {
  const visit = new VisitWebpageTool({ proxy });

  const page = await visit.execute({ url: 'https://bridges-and-tunnels.example/velmora-bridge' }, handle);
  const missing = visit.execute({ url: 'https://bridges-and-tunnels.example/none' }, handle);

  expect(page).toContain('opened in 1934');
  await expect(missing).rejects.toThrow('answered 404');
});

test('searches and visits are limited by visitor', async () => {
  const limited = hostedWorker({ web: true, fetch: localWebFetch(refuse), limits: { webRequestsPerMinute: 2 } });
  const { ask } = asks(limited);
  const from = (path: string, address: string) => ask(path, { headers: { 'cf-connecting-ip': address } });

  const replies = [
    await from('/search?q=bridge', '203.0.113.1'),
    await from('/visit?url=https://trails.example/hollin-trail', '203.0.113.1'),
    await from('/search?q=bridge', '203.0.113.1'),
    await from('/search?q=bridge', '203.0.113.2'),
  ];

  expect(replies.map(({ status }) => status)).toEqual([200, 200, 429, 200]);
});

test.each([
  ['/search', 400],
  ['/search?q=%20', 400],
  ['/visit', 400],
  ['/visit?url=nonsense', 400],
  ['/visit?url=https://nowhere.example/', 502],
])('%s is answered with %i and a problem document that the tools can read', async (path, status) => {
  const { ask } = asks(worker);

  const reply = await ask(path);

  expect(reply.status).toBe(status);
  expect(reply.headers.get('content-type')).toBe('application/problem+json');
  expect(await reply.json()).toMatchObject({ status, error: expect.any(String), detail: expect.any(String) });
});

test.each([
  ['/search?q=bridge', 502],
  ['/visit?url=https://trails.example/', 400],
])('%s that is redirected inwards is answered with %i', async (path, status) => {
  const fetch = async () => new Response(null, { status: 302, headers: { location: 'http://169.254.169.254/latest' } });
  const { ask } = asks(hostedWorker({ web: true, fetch }));

  const reply = await ask(path);

  expect([reply.status, (await reply.json()).code]).toEqual([status, 'web_access']);
});

test('a worker that is asked under its name with a final dot does not visit itself', async () => {
  const address = 'https://worker.example./visit?url=https://worker.example/health';

  const reply = await worker.fetch(new Request(address), {});

  expect(reply.status).toBe(403);
});

test.each([
  ['/visit?url=https://inside.example/', 400],
  ['/search?q=bridge', 502],
])('%s is refused where a name that is looked up leads inside', async (path, status) => {
  const asked: string[] = [];
  const resolve = async (host: string) => {
    asked.push(host);
    return ['127.0.0.1'];
  };
  const { ask } = asks(hostedWorker({ web: { resolve }, fetch: refuse }));

  const reply = await ask(path);

  expect([reply.status, (await reply.json()).detail]).toEqual([status, expect.stringContaining('not public')]);
  expect(asked).not.toEqual([]);
});

test('a page is fetched from the addresses that its name was looked up to', async () => {
  const tied: (readonly string[])[] = [];
  const connect: NonNullable<VisitWebpageOptions['connect']> = (addresses) => async () => {
    tied.push(addresses);
    return new Response('from there', { headers: { 'content-type': 'text/plain' } });
  };
  const { ask } = asks(hostedWorker({ web: { resolve: async () => ['93.184.216.34'], connect }, fetch: refuse }));

  const reply = await ask('/visit?url=https://public.example/');

  expect(await reply.text()).toBe('from there');
  expect(tied).toEqual([['93.184.216.34']]);
});
