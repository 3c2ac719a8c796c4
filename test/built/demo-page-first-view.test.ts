import { expect, test } from 'vitest';
import { openDemo, serveDemo } from '../fakes/demo-page';
import { chip } from '../fakes/live-demo';

test('all that a first visit fetches to show the recorded run is named in the page itself, so that nothing waits for another', async () => {
  const opened = await openDemo((await serveDemo()).origin);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, problems } = opened;

  await chip(page, 'Answered').waitFor();
  await page.locator('.band[role=img]').waitFor(); // the last of it

  const { fetched, named } = await page.evaluate(() => ({
    fetched: performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname),
    named: Array.from(
      document.head.querySelectorAll('script, link:is([rel=stylesheet], [rel=preload], [rel=modulepreload])'),
      (node) => node.getAttribute('href') ?? node.getAttribute('src'),
    ),
  }));
  const files = fetched.filter((path) => path !== '/health');
  expect(files).toContain('/page/main.js');
  expect(files.filter((path) => !named.includes(path))).toEqual([]);
  expect(new Set(files).size).toBe(files.length); // nothing comes twice
  expect(problems).toEqual([]);
});
