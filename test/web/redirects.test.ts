import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { followRedirects } from '../../src/web/redirects';
import { type PageServer, servePages } from '../fakes/page-server';

let here: PageServer;
let there: PageServer;
beforeAll(async () => {
  there = await servePages(tell);
  here = await servePages((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://here');
    const to = searchParams.get('to');
    if (pathname === '/loop') redirect(response, 302, `/loop?${Number(searchParams.keys().next().value ?? 0) + 1}`);
    else if (to === null) void tell(request, response);
    else redirect(response, Number(pathname.slice(1)), to === 'there' ? `${there.origin}/end` : to);
  });
});
afterAll(() => Promise.all([here.close(), there.close()]));

const headers = { authorization: 'Bearer a', cookie: 'b=c', 'x-own': 'd' };
const REQUESTS: [string, (origin: string) => [string | Request, RequestInit]][] = [
  ['a GET', (origin) => [origin, { headers }]],
  ['a HEAD', (origin) => [origin, { method: 'HEAD', headers }]],
  ['a POST', (origin) => [origin, { method: 'POST', body: 'text', headers }]],
  ['a lower-case post', (origin) => [origin, { method: 'post', body: new URLSearchParams({ a: 'b' }) }]],
  ['a PUT', (origin) => [origin, { method: 'PUT', body: 'text', headers }]],
  ['a DELETE', (origin) => [origin, { method: 'DELETE' }]],
  ['a Request', (origin) => [new Request(origin, { method: 'POST', body: 'text', headers }), {}]],
  ['a Request with a new body', (origin) => [new Request(origin, { method: 'POST', body: 'a' }), { body: 'text' }]],
];
const REDIRECTS = [301, 302, 303, 307, 308].flatMap((status) =>
  ['/end', 'there', '#part'].map((to) => `/${status}?to=${encodeURIComponent(to)}`),
);

test.each(REQUESTS)('%s is redirected as the platform redirects it', async (_, make) => {
  for (const path of [...REDIRECTS, '/302', '/302?to=https%3A%2F%2F%5B']) {
    const asked = (send: (...request: [string | Request, RequestInit]) => Promise<Response>) =>
      outcome(send(...make(`${here.origin}${path}`)));

    const ours = await asked((input, init) => followRedirects(fetch, input, init));

    expect({ path, ...ours }).toEqual({ path, ...(await asked(fetch)) });
  }
});

test.each([
  ['file:///etc/passwd', 'of file:'],
  ['http://user:word@127.0.0.1:9/', 'user name or password'],
])('a redirect to %s is refused', async (to, why) => {
  const request = followRedirects(fetch, `${here.origin}/302?to=${encodeURIComponent(to)}`, {});

  await expect(request).rejects.toThrow(why);
});

test('a circle of redirects ends after the 20 that are allowed', async () => {
  const before = here.requests.length;

  const request = followRedirects(fetch, `${here.origin}/loop`, {});

  await expect(request).rejects.toThrow(/redirects more than 20 times/);
  expect(here.requests.length - before).toBe(21);
});

test('a body that can be read only once is not sent a second time', async () => {
  const body = new Blob(['text']).stream();
  const init = { method: 'POST', body, duplex: 'half' } satisfies RequestInit & { duplex: string };

  const request = followRedirects(fetch, `${here.origin}/307?to=/end`, init);

  await expect(request).rejects.toThrow(TypeError);
});

test('an abort between two hops ends the request', async () => {
  const abort = new AbortController();
  const request = new Request(`${here.origin}/302?to=/end`, { signal: abort.signal });

  const response = followRedirects(
    async (input, init) => {
      const answer = await fetch(input, init);
      abort.abort(new Error('enough'));
      return answer;
    },
    request,
    {},
  );

  await expect(response).rejects.toThrow('enough');
});

/** What the server says that it was asked, and what the client knows of the answer. */
async function outcome(request: Promise<Response>): Promise<object> {
  try {
    const response = await request;
    const { url, redirected, status } = response;
    return { url, redirected, status, told: await response.text(), method: response.headers.get('x-method') };
  } catch (error) {
    return { failed: error instanceof TypeError };
  }
}

async function tell(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = '';
  for await (const chunk of request) body += chunk;
  const { method = '', url, headers: sent } = request;
  const kept = Object.fromEntries(
    ['authorization', 'cookie', 'x-own', 'content-type'].map((name) => [name, sent[name]]),
  );
  response.setHeader('x-method', method);
  response.end(JSON.stringify({ method, url, body, ...kept }));
}

function redirect(response: ServerResponse, status: number, location: string): void {
  response.writeHead(status, { location }).end('moved');
}
