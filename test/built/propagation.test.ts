import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type AppFiles, bundleApp, pageOf } from '../fakes/app-bundle';
import { type PageServer, servePages } from '../fakes/page-server';
import { openBrowser, startWorker } from '../fakes/web-runtimes';
import { type TracedReply, type TracedRequest, tracedRequest } from '../propagation/traced-request';

const browser = await openBrowser();
let files: AppFiles;
let worker: Awaited<ReturnType<typeof startWorker>>;
let here: PageServer;
let there: PageServer;
/** What was asked, with the span that the request named as its parent. */
let seen: string[];

beforeAll(async () => {
  files = await pageOf(await bundleApp('test/propagation/page.ts'));
  worker = await startWorker('test/propagation/worker.ts');
  there = await servePages((request, response) => answer('there', request, response));
  here = await servePages((request, response) => {
    const file = files[request.url ?? ''];
    if (file) response.setHeader('content-type', file.type).end(file.body);
    else answer('here', request, response);
  });
});
afterAll(() => Promise.all([browser?.close(), worker?.dispose(), here.close(), there.close()]));
beforeEach(() => {
  seen = [];
});

const RUNTIMES: [string, (asked: TracedRequest) => Promise<TracedReply>][] = [
  ['Node', tracedRequest],
  [
    'workerd',
    async (asked) => {
      const reply = await worker.fetch('http://127.0.0.1/', { method: 'POST', body: JSON.stringify(asked) });
      return (await reply.json()) as TracedReply;
    },
  ],
  ...(browser ? [['Chromium', inPage] satisfies [string, (asked: TracedRequest) => Promise<TracedReply>]] : []),
];
const HOPS_ARE_SEEN = RUNTIMES.filter(([name]) => name !== 'Chromium');

test.each(RUNTIMES)('in %s a request to a listed origin names its span', async (_, ask) => {
  const { answer, requests } = await ask(get('/end'));

  expect(answer).toBe('the end, here');
  expect(seen).toEqual([`here GET /end ${requests[0]?.id}`]);
});

test.each(RUNTIMES)(
  'in %s a redirect to another origin is followed, and tells it nothing of the trace',
  async (_, ask) => {
    for (const path of ['/302/there/open', '/307/there/closed']) {
      seen = [];

      const { answer } = await ask(get(path));

      expect(answer).toBe('the end, there');
      expect(seen[0]).toMatch(/^here GET \S+ [0-9a-f]{16}$/);
      expect(seen.filter((request) => request.startsWith('there'))).toEqual([
        `there GET /${path.split('/').at(-1)} untold`,
      ]);
    }
  },
);

test.each(HOPS_ARE_SEEN)('in %s a redirect within a listed origin goes on with a span of its own', async (_, ask) => {
  const { requests } = await ask(get('/302/here/end'));

  expect(requests.map(({ status }) => status)).toEqual([302, 200]);
  expect(seen).toEqual([`here GET /302/here/end ${requests[0]?.id}`, `here GET /end ${requests[1]?.id}`]);
});

test.each(HOPS_ARE_SEEN)(
  'in %s what a POST holds goes on to another origin, and the trace does not',
  async (_, ask) => {
    const { answer } = await ask({ ...get('/307/there/open'), method: 'POST' });

    expect(answer).toBe('the end, there, with text');
    expect(seen.map((request) => request.replace(/ [0-9a-f]{16}$/, ' told'))).toEqual([
      'here POST /307/there/open told',
      'there POST /open untold',
    ]);
  },
);

test.skipIf(!browser)('in Chromium a redirect within the origin is followed, by one request more', async () => {
  const { answer, requests } = await inPage(get('/302/here/end'));

  expect(answer).toBe('the end, here');
  expect(requests).toEqual([{ id: expect.any(String), status: 200 }]);
  expect(seen).toEqual([
    `here GET /302/here/end ${requests[0]?.id}`,
    'here GET /302/here/end untold',
    'here GET /end untold',
  ]);
});

function get(path: string): TracedRequest {
  return { url: `${here.origin}${path}`, method: 'GET', propagateTo: [here.origin] };
}

async function inPage(asked: TracedRequest): Promise<TracedReply> {
  const page = await browser?.newPage();
  if (!page) throw new Error('there is no browser');
  try {
    await page.goto(here.origin);
    await page.waitForFunction(() => 'tracedRequest' in globalThis);
    return await page.evaluate(
      (request) =>
        (globalThis as unknown as { tracedRequest: typeof tracedRequest }).tracedRequest({
          ...request,
          propagateTo: [],
        }),
      asked,
    );
  } finally {
    await page.close();
  }
}

/** `/STATUS/here|there/PATH` redirects; `/closed` names no header that it takes from other origins, the others take all. */
async function answer(name: 'here' | 'there', request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [, status = '', to, path] = (request.url ?? '').split('/');
  response.setHeader('access-control-allow-origin', '*');
  if (status !== 'closed') response.setHeader('access-control-allow-headers', '*');
  if (request.method === 'OPTIONS' || request.url === '/favicon.ico') return void response.writeHead(204).end();
  let body = '';
  for await (const chunk of request) body += chunk;
  const [, , parent = 'untold'] = String(request.headers.traceparent ?? '').split('-');
  seen.push(`${name} ${request.method} ${request.url} ${parent}`);
  const location = `${to === 'there' ? there.origin : here.origin}/${path}`;
  if (path !== undefined) response.writeHead(Number(status), { location }).end();
  else response.end(`the end, ${name}${body && `, with ${body}`}`);
}
