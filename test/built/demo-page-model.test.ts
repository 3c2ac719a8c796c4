import type { Page } from 'playwright';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSmallModel } from '../../scripts/small-model/small-model.mjs';
import { openDemo, serveDemo } from '../fakes/demo-page';
import { chip, chooseEndpoint, run } from '../fakes/live-demo';

const INSTALLING = 600_000; // 0.5 GB, once
const SLOW = 300_000; // a real model on cores that others use as well
const RUNNING = '[role=tabpanel]:not([hidden]):has(.chip[data-outcome=running])';

let model: Awaited<ReturnType<typeof startSmallModel>>;

beforeAll(async () => {
  model = await startSmallModel();
}, INSTALLING);
afterAll(() => model?.stop(), 30_000);

/** The page with one agent that writes code, asking the real model, for one step. */
async function openAtModel() {
  const opened = await openDemo((await serveDemo()).origin);
  if (!opened) return undefined;
  await chooseEndpoint(opened.page, model.url, 'code');
  await opened.page.getByLabel('Steps').fill('1');
  await opened.page.getByLabel('Dollars per million tokens in').fill('2');
  await opened.page.getByLabel('and out, to see the cost').fill('8');
  return opened;
}

/** Words of the model that are on the screen while it writes. */
const wordsOfRunning = (page: Page) => page.locator(`${RUNNING} [data-kind=model][data-state=running] .label`);

test('a real model is seen writing, its tokens and their price are counted, and its run ends', {
  timeout: SLOW,
}, async () => {
  const opened = await openAtModel();
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, problems } = opened;

  await run(page);
  await expect.poll(() => wordsOfRunning(page).textContent(), { timeout: SLOW / 2 }).toMatch(/model "\w/);
  await page.locator('#stop').waitFor({ state: 'hidden', timeout: SLOW });

  const facts = await page.locator('[role=tabpanel]:not([hidden]) .facts').first().textContent();
  const [, input = '', output = '', dollars = ''] =
    /tokens ([\d,]+) in, ([\d,]+) out · \$([\d.]+)/.exec(facts ?? '') ?? [];
  const [tokensIn, tokensOut] = [input, output].map((text) => Number(text.replaceAll(',', '')));
  expect(tokensIn).toBeGreaterThan(100);
  expect(tokensOut).toBeGreaterThan(0);
  expect(Number(dollars)).toBeCloseTo(((tokensIn ?? 0) * 2 + (tokensOut ?? 0) * 8) / 1e6, 3);
  expect(await chip(page, '').getAttribute('data-outcome')).toMatch(/^(answered|failed|stopped)$/);
  expect(problems).toEqual([]);
});

test('Stop ends the run of a real model in the middle of its words', { timeout: SLOW }, async () => {
  const opened = await openAtModel();
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, problems } = opened;

  await run(page);
  await expect.poll(() => wordsOfRunning(page).textContent(), { timeout: SLOW / 2 }).toMatch(/model "\w/);
  await page.getByRole('button', { name: 'Stop' }).click();

  await chip(page, 'Stopped: you').waitFor();
  expect(await page.locator('#run').isEnabled()).toBe(true);
  expect(problems).toEqual([]);
});
