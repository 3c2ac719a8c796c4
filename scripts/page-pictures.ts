// `node scripts/run.mjs scripts/page-pictures.ts` takes the pictures of the demo page in docs/img, of the recorded run.
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright';
import { agentWorker } from 'smolagents-web/worker';
import { type Env, service } from '../demo/service';
import { buildPackage } from './build.mjs';
import { CHROMIUM_ARGUMENTS } from './cases/stages/chromium';
import { findChromium } from './chromium.mjs';
import { serveDemoPage } from './demo-page.mjs';
import { root } from './steps.mjs';

const IMAGES = join(root, 'docs', 'img');
const SIZE = { width: 1280, height: 860 };
const MAX_BYTES = 300_000; // a README is read on phones

await buildPackage();
const worker = agentWorker({ ...service, auth: 'none', runs: { binding: false } });
const env: Env = { MODEL_ENDPOINT: 'http://127.0.0.1:8080/v1' }; // as `npm start` has it where there is a model; it is not asked
const server = await serveDemoPage(async ({ url = '' }, response) => {
  const reply = await worker.fetch(new Request(`http://page.example${url}`), env);
  response.writeHead(reply.status, Object.fromEntries(reply.headers)).end(await reply.text());
});
const executablePath = await findChromium();
if (!executablePath) throw new Error('a picture needs Chromium');
const browser = await chromium.launch({ executablePath, args: CHROMIUM_ARGUMENTS });
try {
  await takePicture(browser, 'page.png', 'light', showCode);
  await takePicture(browser, 'page-dark.png', 'dark', showCode);
  await takePicture(browser, 'branch.png', 'light', branchOff);
} finally {
  await browser.close();
  await server.close();
}

async function takePicture(
  { newPage }: Browser,
  file: string,
  colorScheme: 'light' | 'dark',
  prepare: (page: Page) => Promise<void>,
): Promise<void> {
  const page = await newPage.call(browser, { viewport: SIZE, deviceScaleFactor: 1.25, colorScheme });
  await page.goto(server.origin);
  await page.locator('.chip', { hasText: 'Answered' }).waitFor();
  await prepare(page);
  await page.evaluate(() => scrollTo(0, 0));
  await page.mouse.move(0, 0);
  const { length } = await page.screenshot({ path: join(IMAGES, file) });
  if (length > MAX_BYTES) throw new Error(`${file} has ${length} bytes, may have ${MAX_BYTES}`);
  await page.close();
}

/** The step in which the manager computes: what it thought, its code, and what that printed. */
async function showCode(page: Page): Promise<void> {
  await page.getByRole('row').filter({ hasText: 'Step 2: code' }).click();
}

/** The same step with another rate, run on from there and compared. */
async function branchOff(page: Page): Promise<void> {
  await showCode(page);
  await page.getByRole('button', { name: 'Continue from here' }).click();
  const form = page.locator('agent-trace form');
  await form.locator('select').selectOption({ label: 'Code' });
  const code = await form.locator('textarea').inputValue();
  await form.locator('textarea').fill(code.replace('2.8', '3.5'));
  await form.getByRole('button').click();
  await page.locator('.comparison table').waitFor();
}
