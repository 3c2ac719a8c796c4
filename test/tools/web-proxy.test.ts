import { afterEach, expect, test } from 'vitest';
import { DuckDuckGoSearchTool } from '../../src/tools/duckduckgo';
import { VisitWebpageTool } from '../../src/tools/visit-webpage';
import { type PageServer, servePages } from '../fakes/page-server';
import { toolHandle } from '../fakes/tool-handle';

let server: PageServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const handle = toolHandle({ fetch: (input, init) => fetch(input, init) });

test('pages and searches come through the proxy, in the shape it answers', async () => {
  server = await servePages((request, response) => {
    if (request.url?.startsWith('/api/visit')) {
      return response.writeHead(200, { 'content-type': 'text/markdown; charset=utf-8' }).end('# Page\n\ntext');
    }
    const results = [
      { title: 'A', url: 'https://a.example/', snippet: 'about a' },
      { title: 'no address' },
      { title: 'B', url: 'javascript:1' },
    ];
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ results }));
  });
  const proxy = `${server.origin}/api/`;

  const page = await new VisitWebpageTool({ proxy }).execute({ url: 'https://pages.example/?a=1&b=2' }, handle);
  const found = await new DuckDuckGoSearchTool({ proxy }).execute({ query: 'a & b' }, handle);

  expect(page).toBe('# Page\n\ntext');
  expect(found).toBe('## Search Results\n\n[A](https://a.example/)\nabout a');
  expect(server.requests.map(({ url }) => url)).toEqual([
    '/api/visit?url=https%3A%2F%2Fpages.example%2F%3Fa%3D1%26b%3D2',
    '/api/search?q=a+%26+b',
  ]);
});

test('why the proxy failed is told in its own words, shortened', async () => {
  server = await servePages((_, response) =>
    response
      .writeHead(502, { 'content-type': 'application/json' })
      .end(JSON.stringify({ error: `page is image/png ${'x'.repeat(900)}` })),
  );

  const visit = new VisitWebpageTool({ proxy: server.origin }).execute({ url: 'https://pages.example/' }, handle);

  await expect(visit).rejects.toThrow(/^page is image\/png x{1,500}$/);
});

test.each([
  ['answers 404', 404, 'text/plain'],
  ['answers every path with its start page', 200, 'text/html'],
])('where the proxy %s, the error names the same origin and the option', async (_, status, type) => {
  server = await servePages((__, response) => response.writeHead(status, { 'content-type': type }).end('hello'));

  const visit = new VisitWebpageTool({ proxy: server.origin }).execute({ url: 'https://pages.example/' }, handle);

  await expect(visit).rejects.toThrow(
    /\/visit .*serve \/search and \/visit from the origin of the page.*`proxy` option/,
  );
});

test('where nothing listens, the error names the same origin and the option', async () => {
  const gone = await servePages(() => undefined);
  await gone.close();

  const search = new DuckDuckGoSearchTool({ proxy: gone.origin }).execute({ query: 'x' }, handle);

  await expect(search).rejects.toThrow(/\/search does not answer; serve .*`proxy` option/);
});

test('an address that would be refused does not reach the proxy', async () => {
  server = await servePages((_, response) => response.end());

  const visit = new VisitWebpageTool({ proxy: server.origin }).execute({ url: 'http://169.254.169.254/' }, handle);

  await expect(visit).rejects.toThrow('refused');
  expect(server.requests.length).toBe(0);
});
