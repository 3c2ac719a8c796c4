import { expect, test } from 'vitest';
import { servePages } from '../../src/testing/serve-pages';

test('an address answers what its fixture says, and the request is kept', async () => {
  const fetch = servePages({
    'https://harbour.example': '<h1>Harbour</h1>',
    'https://harbour.example/gone?x=1': { status: 410, headers: { 'x-why': 'storm' }, body: 'gone' },
    'https://harbour.example/echo': async (request) => new Response(`got ${await request.text()}`),
  });

  const home = await fetch('https://harbour.example/');
  const gone = await fetch(new URL('https://harbour.example/gone?x=1'));
  const echo = await fetch('https://harbour.example/echo', { method: 'POST', body: 'hello' });

  expect([home.status, home.headers.get('content-type'), await home.text()]).toEqual([
    200,
    'text/html; charset=utf-8',
    '<h1>Harbour</h1>',
  ]);
  expect([gone.status, gone.headers.get('x-why'), await gone.text()]).toEqual([410, 'storm', 'gone']);
  expect(await echo.text()).toBe('got hello');
  expect(fetch.requests.map((request) => request.method)).toEqual(['GET', 'GET', 'POST']);
});

test('an address without a fixture is refused by name', async () => {
  const fetch = servePages({ 'https://harbour.example/': 'home' });

  const reply = fetch('https://elsewhere.example/tide');

  await expect(reply).rejects.toThrow('No page at https://elsewhere.example/tide; there are: https://harbour.example/');
  expect(fetch.requests).toHaveLength(1);
});

test('an aborted request rejects with the reason', async () => {
  const fetch = servePages({ 'https://harbour.example/': 'home' });
  const controller = new AbortController();
  controller.abort(new Error('left'));

  const reply = fetch('https://harbour.example/', { signal: controller.signal });

  await expect(reply).rejects.toThrow('left');
});
