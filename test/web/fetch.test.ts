import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { virtualClock } from '../../src/testing';
import { systemClock } from '../../src/web/clock';
import { type Fetch, type GuardOptions, guardedFetch } from '../../src/web/fetch';
import { type PageServer, servePages } from '../fakes/page-server';

let server: PageServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const never = new AbortController().signal;
const options = (more: Partial<GuardOptions> = {}): GuardOptions => ({ signal: never, clock: systemClock, ...more });
const replying =
  (make: (url: string, init?: RequestInit) => Response | Promise<Response>): Fetch =>
  async (input, init) =>
    make(String(input), init);

test('a page is given with its last address, status, type and bytes', async () => {
  server = await servePages((request, response) => {
    if (request.url === '/old') return response.writeHead(302, { location: '/new' }).end();
    response.writeHead(200, { 'content-type': 'text/html' }).end('PAGE');
  });

  const reply = await guardedFetch(server.fetch, 'http://pages.example/old', options());

  expect(reply).toMatchObject({
    url: 'http://pages.example/new',
    status: 200,
    contentType: 'text/html',
    truncated: false,
  });
  expect(new TextDecoder().decode(reply.bytes)).toBe('PAGE');
});

test('no cookie and no authorization go along, and none can be given', async () => {
  server = await servePages((_, response) => response.end('ok'));

  await guardedFetch(server.fetch, 'http://pages.example/', options({ headers: { accept: 'text/html' } }));

  expect(server.requests[0]?.headers).toMatchObject({ accept: 'text/html' });
  expect(Object.keys(server.requests[0]?.headers ?? {})).not.toEqual(expect.arrayContaining(['cookie']));
  await expect(
    guardedFetch(server.fetch, 'http://pages.example/', options({ headers: { Authorization: 'Bearer x' } })),
  ).rejects.toThrow('`Authorization`');
});

test('a body over the limit is cut there, and the rest is not read', async () => {
  let cancelled = false;
  const body = () =>
    new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(1000)),
      cancel: () => {
        cancelled = true;
      },
    });

  const reply = await guardedFetch(
    replying(() => new Response(body())),
    'http://pages.example/',
    options({ maxBytes: 2500 }),
  );

  expect(reply.bytes.length).toBe(2500);
  expect(reply.truncated).toBe(true);
  expect(cancelled).toBe(true);
});

test('the time limit covers the answer and the body', async () => {
  const clock = virtualClock();
  const silent: Fetch = () => new Promise(() => {});
  const stuck = replying(() => new Response(new ReadableStream({ pull: () => new Promise(() => {}) })));

  await expect(guardedFetch(silent, 'http://pages.example/', options({ clock }))).rejects.toMatchObject({
    reason: 'timeout',
  });
  await expect(guardedFetch(stuck, 'http://pages.example/', options({ clock }))).rejects.toMatchObject({
    reason: 'timeout',
  });
});

test("the caller's abort ends it with the caller's reason", async () => {
  const abort = new AbortController();
  server = await servePages(() => abort.abort(new Error('enough')));

  await expect(guardedFetch(server.fetch, 'http://pages.example/', options({ signal: abort.signal }))).rejects.toThrow(
    'enough',
  );
});

test('a POST that is redirected by 303 becomes a GET without a body, by 307 it stays', async () => {
  server = await servePages((request, response) => {
    if (request.url === '/a') return response.writeHead(303, { location: '/done' }).end();
    if (request.url === '/b') return response.writeHead(307, { location: '/done' }).end();
    response.end('ok');
  });

  const post = options({ method: 'POST', body: 'q=1', headers: { 'content-type': 'text/plain' } });
  await guardedFetch(server.fetch, 'http://pages.example/a', post);
  await guardedFetch(server.fetch, 'http://pages.example/b', post);

  const seen = server.requests.map(({ method, headers }) => [method, headers['content-type']]);
  expect(seen).toEqual([
    ['POST', 'text/plain'],
    ['GET', undefined],
    ['POST', 'text/plain'],
    ['POST', 'text/plain'],
  ]);
});

test('a redirect that only the platform can see is refused, and so is one that the fetch followed by itself', async () => {
  const opaque = Object.defineProperty(new Response(null, { status: 200 }), 'type', { value: 'opaqueredirect' });
  const followed = Object.defineProperty(new Response('x'), 'redirected', { value: true });

  await expect(
    guardedFetch(
      replying(() => opaque),
      'http://a.example/',
      options(),
    ),
  ).rejects.toThrow('`proxy`');
  await expect(
    guardedFetch(
      replying(() => followed),
      'http://a.example/',
      options(),
    ),
  ).rejects.toThrow('not judged');
});

test('a type that was not asked for is refused by name, a reply without a type is taken', async () => {
  const png = replying(() => new Response('x', { headers: { 'content-type': 'image/png' } }));
  const bare = replying(() => new Response(new Uint8Array([120])));

  await expect(guardedFetch(png, 'http://a.example/', options({ contentTypes: ['text/'] }))).rejects.toThrow(
    'image/png',
  );
  expect((await guardedFetch(bare, 'http://a.example/', options({ contentTypes: ['text/'] }))).bytes.length).toBe(1);
});

test('a name is looked up at every hop, and the connection goes to the addresses that were looked at', async () => {
  const asked: string[] = [];
  const connected: (readonly string[])[] = [];
  const hop = replying((url) =>
    url.includes('a.example')
      ? new Response(null, { status: 302, headers: { location: 'http://b.example/' } })
      : new Response('x'),
  );

  await guardedFetch(hop, 'http://a.example/', {
    ...options(),
    resolve: async (host) => {
      asked.push(host);
      return ['93.184.215.14'];
    },
    connect: (addresses, fetch) => {
      connected.push(addresses);
      return fetch;
    },
  });

  expect(asked).toEqual(['a.example', 'b.example']);
  expect(connected).toEqual([['93.184.215.14'], ['93.184.215.14']]);
});

test('a failure to connect names the address and nothing that it resolved to', async () => {
  const failing: Fetch = async () => {
    await wait(1);
    throw new TypeError('connect ECONNREFUSED 10.1.2.3:443');
  };

  const failure = guardedFetch(failing, 'https://pages.example/a?key=s3cret', options());

  await expect(failure).rejects.toThrow(/^https:\/\/pages\.example\/a could not be reached$/);
});
