import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import { openDemo, serveDemo } from '../fakes/demo-page';

const chip = (page: Page, text: string) => page.locator('.chip', { hasText: text });

test('Step goes on by one finished step, and Play from there to the end', async () => {
  const opened = await openDemo((await serveDemo()).origin);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page } = opened;
  const rows = page.getByRole('row').filter({ hasText: /^Step \d/ });

  await page.getByRole('button', { name: 'Step', exact: true }).click();
  await page.locator('.chip[data-outcome=running]').waitFor();
  await expect.poll(() => rows.filter({ hasText: 'web_search' }).count()).toBe(1);
  const held = await page
    .getByText(/^Running/)
    .first()
    .isVisible();
  await page.getByLabel('Speed').selectOption('16');
  await page.getByRole('button', { name: 'Play' }).click();
  await chip(page, 'Answered').waitFor();

  expect(held).toBe(true);
});

test('Stop ends the replay where the visitor sees it, with no answer, and it can be played anew', async () => {
  const opened = await openDemo((await serveDemo()).origin);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, problems } = opened;
  await chip(page, 'Answered').waitFor();

  await page.getByRole('button', { name: 'Play' }).click();
  await chip(page, 'Running step 1').waitFor();
  await page.getByRole('button', { name: 'Stop' }).click();
  await chip(page, 'Stopped: you').waitFor();
  const answer = await page.locator('.answer').textContent();
  const facts = await page.locator('.outcome .facts').textContent();
  await page.getByRole('button', { name: 'Play' }).click();
  await chip(page, 'Running step 1').waitFor();

  expect(answer).toBe('');
  expect(facts).toMatch(/ 1 step$/);
  expect(problems).toEqual([]);
});

test('Play is for the recording that is chosen: one that was being played ends, and Pause is offered for it no more', async () => {
  const opened = await openDemo((await serveDemo()).origin);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, problems } = opened;
  const shown = page.locator('[role=tabpanel]:not([hidden])');
  await chip(page, 'Answered').waitFor();

  await page.getByRole('button', { name: 'Play' }).click();
  await chip(page, 'Running step 1').waitFor();
  await page.locator('#sample').selectOption('failing-tool');
  await shown.locator('.chip', { hasText: 'Answered' }).waitFor();
  await page.getByRole('button', { name: 'Play' }).click();
  await shown.locator('.chip', { hasText: 'Running step 1' }).waitFor();
  const inFront = await page.getByRole('tab', { selected: true }).textContent();
  const canPause = await page.getByRole('button', { name: 'Pause' }).isVisible();
  await page.getByRole('tab', { name: 'Recorded run', exact: true }).click();

  await shown.locator('.chip', { hasText: 'Stopped: you' }).waitFor();
  expect([inFront, canPause]).toEqual(['Recorded run that went wrong', true]);
  expect(await page.getByRole('button', { name: 'Pause' }).isVisible()).toBe(false);
  expect(problems).toEqual([]);
});

test('a part that could not be fetched is fetched anew at the next press', async () => {
  const opened = await openDemo((await serveDemo()).origin);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page } = opened;
  await chip(page, 'Answered').waitFor();

  await page.route('**/page/conductor-*.js', (route) => route.abort());
  await page.getByRole('button', { name: 'Play' }).click();
  await page.getByText(/^The page failed: .*conductor/).waitFor();
  await page.unroute('**/page/conductor-*.js');
  await page.getByRole('button', { name: 'Play' }).click();

  await chip(page, 'Running step 1').waitFor();
});

test('offline, Play says that the page was not fetched whole, and works when there is a network again', async () => {
  const opened = await openDemo((await serveDemo()).origin);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page } = opened;
  await chip(page, 'Answered').waitFor();

  await page.context().setOffline(true);
  await page.getByRole('button', { name: 'Play' }).click();
  await page.getByText('This browser is offline, and a part of the page was not fetched yet.').waitFor();
  await page.context().setOffline(false);
  await page.getByRole('button', { name: 'Play' }).click();

  await chip(page, 'Running step 1').waitFor();
  expect(await page.locator('#problem').isVisible()).toBe(false);
});

test('a part of the page that the server has no more is said in the page', async () => {
  const opened = await openDemo((await serveDemo()).origin);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page } = opened;
  await page.route('**/page/conductor-*.js', (route) => route.fulfill({ status: 404 }));

  await page.getByRole('button', { name: 'Play' }).click();

  await page.getByText('A part of the page is missing or failed. Load it again.').waitFor();
  expect(await page.locator('#problem').textContent()).toMatch(/The page failed: .*conductor/);
});
