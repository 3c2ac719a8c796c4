import { afterEach, expect, test } from 'vitest';
import { servePages, virtualClock } from '../../src/testing';
import { readPage } from '../../src/tools/read-page';
import { VisitWebpageTool } from '../../src/tools/visit-webpage';
import { type PageServer, servePages as startPages } from '../fakes/page-server';
import { toolHandle } from '../fakes/tool-handle';

let server: PageServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

test('a page is fetched as a browser would ask, and given as Markdown', async () => {
  server = await startPages((_, response) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Tide</h1><p>High.'),
  );

  const text = await new VisitWebpageTool().execute(
    { url: 'https://pages.example/a' },
    toolHandle({ fetch: server.fetch }),
  );

  expect(text).toBe('# Tide\n\nHigh.');
  expect(server.requests[0]?.headers).toMatchObject({
    'user-agent': expect.stringContaining('Mozilla'),
    accept: expect.stringContaining('text/html'),
  });
});

test('a host of the operator is visited when it is listed, and only then', async () => {
  server = await startPages((_, response) => response.writeHead(200, { 'content-type': 'text/plain' }).end('inside'));
  const url = `${server.origin}/a`;
  const handle = toolHandle({ fetch: (input, init) => fetch(input, init) });

  const text = await new VisitWebpageTool({ allowHosts: [server.host] }).execute({ url }, handle);

  expect(text).toBe('inside');
  await expect(new VisitWebpageTool().execute({ url }, handle)).rejects.toThrow('refused');
});

test('a status of 400 or more is an error that keeps the query to itself', async () => {
  server = await startPages((_, response) => response.writeHead(403).end());

  const visit = new VisitWebpageTool().execute(
    { url: 'https://pages.example/a?key=s3cret' },
    toolHandle({ fetch: server.fetch }),
  );

  await expect(visit).rejects.toThrow(/^https:\/\/pages\.example\/a answered 403$/);
});

test('long text is cut at the limit, between characters, and says so', async () => {
  server = await startPages((_, response) =>
    response.writeHead(200, { 'content-type': 'text/plain' }).end('😀'.repeat(100)),
  );

  const tool = new VisitWebpageTool({ maxOutputCharacters: 11 });
  const text = await tool.execute({ url: 'https://pages.example/' }, toolHandle({ fetch: server.fetch }));

  expect(text).toBe(`${'😀'.repeat(5)}\n\n[truncated: the first 11 of 200 characters]`);
});

test('a virtual clock is held while a page is converted, since what converts is fetched at its first use', async () => {
  const clock = virtualClock();
  const held: string[] = [];
  const hold = () => {
    held.push('held');
    return () => void held.push('released');
  };

  await readPage(servePages({ 'https://shop.test/': '<h1>Tea</h1>' }), 'https://shop.test/', {
    signal: AbortSignal.any([]),
    clock: { ...clock, hold },
  });

  expect(held).toEqual(['held', 'released']);
});

test('an abort ends a visit at once', async () => {
  const abort = new AbortController();
  server = await startPages(() => abort.abort(new Error('left')));

  const visit = new VisitWebpageTool().execute(
    { url: 'https://pages.example/' },
    toolHandle({ fetch: server.fetch, signal: abort.signal }),
  );

  await expect(visit).rejects.toThrow('left');
});

test.each([
  [{ maxBodyBytes: 1.5 }, 'maxBodyBytes is 1.5'],
  [{ maxRedirects: -1 }, 'maxRedirects is -1'],
  [{ allowHosts: ['http://a'] }, '"http://a"'],
  [{ timeoutMs: 0 }, 'timeoutMs is 0'],
  [{ onlyKnownAddresses: 'yes' }, 'onlyKnownAddresses is "yes", must be true or false'],
  [{ maxChars: 3 }, '`maxChars`'],
])('the setting %j is refused when the tool is made', (options, message) => {
  expect(() => Reflect.construct(VisitWebpageTool, [options])).toThrow(message);
});
