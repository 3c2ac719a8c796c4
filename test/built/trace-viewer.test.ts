import { copyFile, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { POLICY } from '../../scripts/cases/stages/viewer-page';
import { largeTrace } from '../../scripts/trace-viewer-figures/large-trace';
import { openBrowser } from '../fakes/web-runtimes';

const root = fileURLToPath(new URL('../../', import.meta.url));
const FAILING = 'test/cases/golden/failing-calls.json';
const TEAM = 'test/cases/golden/team-of-tool-callers.json';
const browser = await openBrowser();
let origin = '';

/** The folder of the package as any static server serves it, and pages of one line of script and one of HTML. */
const server = createServer(async ({ url = '/' }, response) => {
  const { pathname, searchParams } = new URL(url, 'http://127.0.0.1');
  const headers = { 'content-security-policy': POLICY };
  if (pathname === '/') {
    const html = `<!doctype html><html lang="en"><title>A run</title><link rel="icon" href="data:,"><script type="module" src="/dist/trace-viewer.js"></script><agent-trace rewind ${searchParams.get('attributes') ?? ''}></agent-trace>`;
    response.writeHead(200, { ...headers, 'content-type': 'text/html' }).end(html);
  } else if (pathname === '/10000.json') response.writeHead(200).end(JSON.stringify(largeTrace(10_000)));
  else {
    const content = await readFile(`${root}${pathname}`).catch(() => undefined);
    const type = pathname.endsWith('.js') ? 'text/javascript' : 'application/json';
    response.writeHead(content ? 200 : 404, { 'content-type': type }).end(content);
  }
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await browser?.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** A page that shows a file of the package's folder, or none, and what went wrong in it. */
async function open(file?: string): Promise<{ page: Page; problems: string[]; asked: string[] }> {
  if (!browser) throw new Error('there is no browser');
  const context = await browser.newContext({ acceptDownloads: true });
  const page = await context.newPage();
  const problems: string[] = [];
  const asked: string[] = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  page.on('request', (request) => asked.push(request.url()));
  const attributes = file === undefined ? '' : encodeURIComponent(`src="/${file}"`);
  await page.goto(`${origin}/?attributes=${attributes}`);
  return { page, problems, asked };
}

test.skipIf(!browser)(
  'one line of script and one of HTML show a recorded run, under a strict policy and asking nobody else',
  async () => {
    const { page, problems, asked } = await open('demo/recordings/gdp.run.json');

    await page.getByRole('treegrid').getByText('web_search').first().waitFor();

    expect(await page.locator('.chip').innerText()).toBe('Answered');
    expect(await page.locator('.answer').innerText()).toBe('25.1');
    expect(asked.filter((address) => !address.startsWith(origin))).toEqual([]);
    expect(problems).toEqual([]);
  },
);

test.skipIf(!browser)('10,000 spans are a tree of at most 400 nodes, its end as well as its beginning', async () => {
  const { page } = await open('10000.json');
  await page.locator('.sheet [tabindex="0"]').focus();

  const grid = page.getByRole('treegrid');
  await page.keyboard.press('Home');
  await page.getByRole('row', { name: /^CodeAgent/ }).waitFor();
  await page.keyboard.press('End');
  await page.getByRole('row', { name: 'growth_rate("C2500")' }).waitFor();

  expect(await grid.getAttribute('aria-rowcount')).toBe('10001');
  expect(
    await page.evaluate(() => document.querySelector('agent-trace')?.shadowRoot?.querySelectorAll('*').length),
  ).toBeLessThanOrEqual(400);
});

test.skipIf(!browser)('a file that is dropped takes the place of the run that is shown', async () => {
  const { page } = await open(TEAM);
  await page.getByRole('row').nth(2).waitFor();
  const text = await readFile(`${root}${FAILING}`, 'utf8');

  const transfer = await page.evaluateHandle((content) => {
    const data = new DataTransfer();
    data.items.add(new File([content], 'failing.json', { type: 'application/json' }));
    return data;
  }, text);
  await page.dispatchEvent('agent-trace', 'dragover', { dataTransfer: transfer });
  await page.dispatchEvent('agent-trace', 'drop', { dataTransfer: transfer });

  await page.locator('.error-button').waitFor();
});

test.skipIf(!browser)('an address that leads nowhere is said, with the address and the answer', async () => {
  const { page } = await open('nowhere.json');

  const alert = page.getByRole('alert');

  await expect.poll(() => alert.innerText()).toBe('Could not load /nowhere.json: 404 Not Found');
});

test.skipIf(!browser)(
  'a run is saved as a file that opens again, and as a page that shows it from disk without a request',
  async () => {
    const { page } = await open(FAILING);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    const save = async (name: string) => {
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name }).click()]);
      return download.path();
    };

    const file = JSON.parse(await readFile(await save('Save file'), 'utf8'));
    const html = await save('Save as page');
    const saved = await (browser as NonNullable<typeof browser>).newPage();
    const asked: string[] = [];
    saved.on('request', (request) => asked.push(request.url()));
    const address = `${html}.html`;
    await copyFile(html, address);
    await saved.goto(`file://${address}`);
    await saved.locator('.error-button').waitFor();

    expect(Object.keys(file)).toContain('resourceSpans');
    expect(asked).toEqual([`file://${address}`]);
    expect(await saved.locator('.error-button').innerText()).toBe(await page.locator('.error-button').innerText());
  },
);

test.skipIf(!browser)('“Continue from here” gives the page the step and what is to be otherwise', async () => {
  const { page } = await open('demo/recordings/gdp.run.json');
  const asked = page.evaluate(
    () =>
      new Promise((resolve) =>
        document
          .querySelector('agent-trace')
          ?.addEventListener('rewind', (event) => resolve((event as CustomEvent).detail)),
      ),
  );

  await page.getByRole('row', { name: /^Step 2: code/ }).click();
  await page.getByRole('button', { name: 'Continue from here' }).click();
  await page.getByLabel('What should be different?').selectOption('Code');
  await page.getByLabel('In its place').fill('final_answer(25)');
  await page.getByRole('button', { name: 'Run on from step 2' }).click();

  expect(await asked).toEqual({ step: 2, edits: { code: 'final_answer(25)' } });
});

test.skipIf(!browser)('a file that the page takes itself, chosen or dropped, leaves the run on show', async () => {
  const { page } = await open(FAILING);
  await page.locator('.error-button').waitFor();
  await page.evaluate(() => {
    document.querySelector('agent-trace')?.addEventListener('traceopen', (event) => {
      event.preventDefault();
      const { files } = (event as CustomEvent<{ files: readonly File[] }>).detail;
      document.title += files.map(({ name }) => ` ${name}`).join('');
    });
  });

  const chosen = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Open', exact: true }).click();
  await (await chosen).setFiles(`${root}${TEAM}`);
  await page.evaluate(() => {
    const dataTransfer = new DataTransfer();
    for (const name of ['one.json', 'two.json']) dataTransfer.items.add(new File(['{}'], name));
    document
      .querySelector('agent-trace')
      ?.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
  });

  await expect.poll(() => page.title()).toBe('A run team-of-tool-callers.json one.json two.json');
  expect(await page.locator('.error-button').count()).toBe(1);
});

test.skipIf(!browser)('a second run is compared: the first difference is named, and leads to its row', async () => {
  const { page } = await open(FAILING);
  await page.getByRole('button', { name: 'Compare' }).click();

  await page.locator('.panel input[type=file]').setInputFiles(`${root}test/cases/golden/parallel-failure.json`);
  await page.getByRole('button', { name: /^First difference/ }).click();

  expect(await page.locator('.sheet [aria-selected=true]').count()).toBe(1);
});
