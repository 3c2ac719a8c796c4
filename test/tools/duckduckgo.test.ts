import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { virtualClock } from '../../src/testing';
import { DuckDuckGoSearchTool } from '../../src/tools/duckduckgo';
import { type PageServer, servePages } from '../fakes/page-server';
import { processorMs } from '../fakes/processor-time';
import { toolHandle } from '../fakes/tool-handle';

let server: PageServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const hit = (title: string, address: string, snippet: string) =>
  `<div class="result results_links web-result"><h2><a rel="nofollow" class="result__a" href="${address}">${title}</a></h2>
   <a class="result__snippet" href="${address}">${snippet}</a></div>`;
const counted = (address: string) => `//duckduckgo.com/l/?uddg=${encodeURIComponent(address)}&amp;rut=abc`;
const HTML_PAGE = `<html><body>
  ${hit('Buy growth', 'https://duckduckgo.com/y.js?ad_domain=shop.example', 'An advertisement')}
  ${hit('US <b>economy</b> at a glance', counted('https://stats.example/us?a=1&b=2'), 'Real <b>GDP</b>\n rose 2.8&nbsp;percent.')}
  ${hit('Growth table', 'https://tables.example/growth', 'Yearly growth by country.')}
  ${hit('Script', 'javascript:alert(1)', 'Not a page')}
</body></html>`;
const LITE_PAGE = `<table><tr><td>1.</td><td><a rel="nofollow" href="https://lite.example/a" class='result-link'>Lite title</a></td></tr>
  <tr><td></td><td class='result-snippet'>Lite <b>snippet</b></td></tr><tr><td><span class='link-text'>lite.example/a</span></td></tr></table>`;

/** Answers by the host that was meant: html.duckduckgo.com or lite.duckduckgo.com. */
const serve = (answers: Record<string, (response: ServerResponse) => unknown>) =>
  servePages((request: IncomingMessage, response) => {
    const answer = answers[String(request.headers['x-host']).split('.')[0] ?? ''];
    if (answer) answer(response.setHeader('content-type', 'text/html; charset=utf-8'));
    else response.writeHead(500).end();
  });

test('results are titles with their addresses and snippets, advertisements left out', async () => {
  server = await serve({ html: (response) => response.end(HTML_PAGE) });

  const text = await new DuckDuckGoSearchTool().execute({ query: 'US GDP' }, toolHandle({ fetch: server.fetch }));

  expect(text).toBe(
    '## Search Results\n\n[US economy at a glance](https://stats.example/us?a=1&b=2)\nReal GDP rose 2.8 percent.\n\n' +
      '[Growth table](https://tables.example/growth)\nYearly growth by country.',
  );
  expect(server.requests.map(({ method, url }) => [method, url])).toEqual([['POST', '/html/']]);
});

test('no more results than asked for are given, and those are known to the run', async () => {
  server = await serve({ html: (response) => response.end(HTML_PAGE) });

  const handle = toolHandle({ fetch: server.fetch });
  const text = await new DuckDuckGoSearchTool({ maxResults: 1 }).execute({ query: 'x' }, handle);

  expect(text).toContain('economy');
  expect(text).not.toContain('Growth table');
  expect(handle.addresses.found).toEqual(['https://stats.example/us?a=1&b=2']);
});

test('the lite page is asked when the html page gives nothing usable', async () => {
  server = await serve({
    html: (response) => response.writeHead(202).end('<p>wait'),
    lite: (response) => response.end(LITE_PAGE),
  });

  const text = await new DuckDuckGoSearchTool().execute({ query: 'x' }, toolHandle({ fetch: server.fetch }));

  expect(text).toBe('## Search Results\n\n[Lite title](https://lite.example/a)\nLite snippet');
});

test.each([
  ['a status of 202', (response: ServerResponse) => response.writeHead(202).end('<p>wait')],
  [
    'a puzzle',
    (response: ServerResponse) =>
      response.end('<form id="challenge-form"><div class="anomaly-modal__title">Ducks</div></form>'),
  ],
])('%s on both pages is told as a rate limit', async (_, answer) => {
  server = await serve({ html: answer, lite: answer });

  const search = new DuckDuckGoSearchTool().execute({ query: 'x' }, toolHandle({ fetch: server.fetch }));

  await expect(search).rejects.toThrow('rate limit');
});

test('a query that nothing was found for is told so, not failed', async () => {
  server = await serve({ html: (response) => response.end('<div class="no-results">No results.</div>') });

  const text = await new DuckDuckGoSearchTool().execute({ query: 'qwxz' }, toolHandle({ fetch: server.fetch }));

  expect(text).toContain('Nothing was found for "qwxz"');
});

test('a page without results that does not say so is an error', async () => {
  server = await serve({
    html: (response) => response.end('<p>New design'),
    lite: (response) => response.end('<p>New design'),
  });

  const search = new DuckDuckGoSearchTool().execute({ query: 'x' }, toolHandle({ fetch: server.fetch }));

  await expect(search).rejects.toThrow('holds no results');
});

test('queries of one tool start a second apart on the clock of the run', async () => {
  const clock = virtualClock();
  const starts: number[] = [];
  const fetch = async () => {
    starts.push(clock.now());
    return new Response(HTML_PAGE, { headers: { 'content-type': 'text/html' } });
  };
  const tool = new DuckDuckGoSearchTool();
  const handle = toolHandle({ fetch, clock });

  await Promise.all(['a', 'b', 'c'].map((query) => tool.execute({ query }, handle)));

  expect(starts).toEqual([0, 1000, 2000]);
});

test('a page built to be slow is read in time linear in its length', async () => {
  const page = '<a class="result__a" href="//duckduckgo.com/l/?uddg='.repeat(50_000);
  const fetch = async () => new Response(page, { headers: { 'content-type': 'text/html' } });
  const search = () => new DuckDuckGoSearchTool().execute({ query: 'x' }, toolHandle({ fetch, clock: virtualClock() }));

  const took = await processorMs(() => expect(search()).rejects.toThrow());

  expect(took).toBeLessThan(5_000);
});

test.each([
  [{ maxResults: 0 }, 'maxResults is 0'],
  [{ proxy: 'ftp://a.example' }, 'proxy is "ftp://a.example", must be an http'],
  [{ proxy: 'https://me:secret@a.example' }, /^(?!.*secret).*proxy is/],
  [{ proxies: [] }, '`proxies`'],
])('the setting %j is refused when the tool is made', (options, message) => {
  expect(() => Reflect.construct(DuckDuckGoSearchTool, [options])).toThrow(message);
});
