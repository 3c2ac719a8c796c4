import { afterAll, expect, test } from 'vitest';
import { bundleApp, pageOf } from '../fakes/app-bundle';
import { servePublic } from '../fakes/public-server';
import { openBrowser, startWorker } from '../fakes/web-runtimes';
import { allow, type GoesOnReport, goOn } from '../goes-on/goes-on';

const browser = await openBrowser();
afterAll(() => browser?.close());

const expected = { forks: [11, 11, 101], waited: [41, 1], cut: Array.from({ length: 12 }, () => 11) };

test('in Node runs are forked, wait for a human and go on from any beginning of their log', async () => {
  expect(await goOn()).toMatchObject(expected);
});

test.skipIf(!browser)('so they do in Chromium, and what was saved there goes on in Node', async () => {
  const report = await reportOfPage();

  expect(report).toMatchObject(expected);
  expect(await allow(report.saved)).toBe(41);
});

test('so they do in workerd, and what was saved there goes on in Node', async () => {
  const worker = await startWorker('test/goes-on/worker.ts');
  try {
    const report = (await (await worker.fetch('http://127.0.0.1/')).json()) as GoesOnReport;

    expect(report).toMatchObject(expected);
    expect(await allow(report.saved)).toBe(41);
  } finally {
    await worker.dispose();
  }
});

async function reportOfPage(): Promise<GoesOnReport> {
  const files = await pageOf(await bundleApp('test/goes-on/page.ts'));
  await using server = await servePublic({ script: [], files });
  const page = await browser?.newPage();
  if (!page) throw new Error('there is no browser');
  try {
    await page.goto(server.origin);
    await page.waitForFunction(() => 'goOn' in globalThis);
    return await page.evaluate(() => (globalThis as unknown as { goOn(): Promise<GoesOnReport> }).goOn());
  } finally {
    await page.close();
  }
}
