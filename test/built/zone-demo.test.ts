import { afterAll, expect, test } from 'vitest';
import { zoneDemoFiles } from '../../scripts/zone-demo.mjs';
import { servePublic } from '../fakes/public-server';
import { openBrowser } from '../fakes/web-runtimes';

const browser = await openBrowser();
afterAll(() => browser?.close());

test.skipIf(!browser).each([
  ['es2016', 'kept', 'has the tool as its parent', '    temperature\n      read the station'],
  ['native', 'lost', 'has no parent: it began a trace of its own', '\nread the station'],
])('the zone demo, built %s, says that the parent is %s', async (build, verdict, sentence, tree) => {
  await using server = await servePublic({ script: [], files: await zoneDemoFiles() });
  const page = await browser?.newPage();
  const problems: string[] = [];
  page?.on('pageerror', (error) => problems.push(String(error)));

  await page?.goto(`${server.origin}/${build}/zone.html`);
  await page?.waitForSelector('#verdict.kept, #verdict.lost').catch(() => {});

  expect(problems).toEqual([]);
  expect(await page?.getAttribute('#verdict', 'class')).toBe(verdict);
  expect(await page?.textContent('#verdict')).toContain(sentence);
  expect(await page?.textContent('#tree')).toContain(tree);
  await page?.close();
});
