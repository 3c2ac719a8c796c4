import { expect, test } from 'vitest';
import { answerLocally, localWebFetch, search } from '../../demo/fixtures/local-web';
import { pages } from '../../demo/fixtures/pages';
import { serveLocalWeb } from '../../demo/fixtures/serve';

test('a search for what a page is about finds that page first', () => {
  const found = search('When was the Velmora Bridge opened?');

  expect(found[0]?.title).toBe('Velmora Bridge');
});

test('a search for something nobody wrote about finds nothing', () => {
  expect(search('purple submarine repair manual')).toEqual([]);
});

test('every page is found by its own title, and answered under its address', async () => {
  for (const page of pages) {
    const reply = answerLocally(new URL(page.address), null);

    expect(search(page.title)[0], page.title).toBe(page);
    expect(await reply.text()).toContain(`<h1>`);
    expect(reply.status).toBe(200);
  }
});

test('the public addresses of the search are answered on loopback by a real server', async () => {
  await using web = await serveLocalWeb();

  const reply = await web.fetch('https://html.duckduckgo.com/html/', {
    method: 'POST',
    body: new URLSearchParams({ q: 'depth of Lake Imbrun' }),
  });

  expect(await reply.text()).toContain('uddg=https%3A%2F%2Flakes-atlas.example%2Flake-imbrun');
});

test('a page that nobody wrote is a 404, and requests to loopback go on to where they were meant for', async () => {
  await using web = await serveLocalWeb();
  const fetch = localWebFetch(async () => new Response('the model server'));

  const missing = await fetch('https://nowhere.example/');
  const direct = await fetch(`${web.origin}/v1/models`);

  expect(missing.status).toBe(404);
  expect(await direct.text()).toBe('the model server');
});
