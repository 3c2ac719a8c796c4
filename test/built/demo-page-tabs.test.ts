import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import { dropFile, openDemo, serveDemo } from '../fakes/demo-page';
import { chip, code, openLive, run } from '../fakes/live-demo';

const titles = (page: Page) => page.getByRole('tab').allTextContents();
const close = (page: Page) => page.getByRole('button', { name: /^Close/ });
const focused = (page: Page) => page.evaluate(() => document.activeElement?.textContent);

test('runs of one task are told apart, and their follow-ups and branches say whose they are', async () => {
  const opened = await openLive([code('final_answer(1)'), code('final_answer(2)'), code('final_answer(3)')]);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page } = opened;

  await run(page);
  await chip(page, 'Answered').waitFor();
  await run(page);
  await chip(page, 'Answered').waitFor();
  const shown = page.getByRole('tabpanel', { name: 'What is 6 times 7? (2)' });
  await shown.getByRole('row').filter({ hasText: 'Step 1: code' }).click();
  await shown.getByRole('button', { name: 'Continue from here' }).click();
  await shown.locator('form button').click();
  await page.getByRole('tab').nth(3).waitFor();

  expect(await titles(page)).toEqual([
    'Recorded run',
    'What is 6 times 7?',
    'What is 6 times 7? (2)',
    'Branch of What is 6 times 7? (2) from step 1',
  ]);
});

test('a tab is closed by its button or by Delete, the neighbour comes to the front with the focus, and the recorded run is left', async () => {
  const opened = await openDemo((await serveDemo()).origin);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, problems } = opened;
  await chip(page, 'Answered').waitFor();
  const alone = await close(page).isVisible();
  for (const name of ['a.txt', 'b.txt', 'c.txt']) await dropFile(page.locator('h1'), 'no trace', name);
  await page.getByRole('tab', { name: 'b.txt' }).click();

  const name = await close(page).getAttribute('aria-label');
  await close(page).click();
  const steps = [[await focused(page), await titles(page)]];
  for (const key of ['Delete', 'ArrowLeft', 'Delete', 'Delete', 'Delete']) {
    await page.keyboard.press(key);
    steps.push([await focused(page), await titles(page)]);
  }

  expect(alone).toBe(false);
  expect(name).toBe('Close “b.txt”');
  expect(steps).toEqual([
    ['c.txt', ['Recorded run', 'a.txt', 'c.txt']],
    ['a.txt', ['Recorded run', 'a.txt']],
    ['Recorded run', ['Recorded run', 'a.txt']],
    ['a.txt', ['a.txt']],
    ['Recorded run', ['Recorded run']],
    ['Recorded run', ['Recorded run']],
  ]);
  await chip(page, 'Answered').waitFor();
  expect(await close(page).isVisible()).toBe(false);
  expect(await page.locator('agent-trace').count()).toBe(1);
  expect(problems).toEqual([]);
});

test('closing the tab of a run that goes on stops the run', async () => {
  const opened = await openLive([{ hangsAfter: 'Thought: I think' }, code('final_answer("next")')]);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, model, problems } = opened;
  await run(page);
  await page.getByText('I think').first().waitFor();

  await close(page).click();
  await model.hungUp;
  await expect.poll(() => page.locator('#stop').isVisible()).toBe(false);
  await run(page);
  await chip(page, 'Answered').waitFor();

  expect(await titles(page)).toEqual(['Recorded run', 'What is 6 times 7?']);
  expect(problems).toEqual([]);
});

test('the recording is closed while it plays, and played again', async () => {
  const opened = await openDemo((await serveDemo()).origin);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, problems } = opened;
  await chip(page, 'Answered').waitFor();
  await dropFile(page.locator('h1'), 'no trace', 'a.txt');

  await page.getByRole('button', { name: 'Play' }).click();
  await chip(page, 'Running step 1').waitFor();
  await page.getByRole('tab', { name: 'Recorded run' }).press('Delete');
  await page.locator('#stop').waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: 'Play' }).click();
  await chip(page, 'Running step 1').waitFor();

  expect(await titles(page)).toEqual(['a.txt', 'Recorded run']);
  expect(problems).toEqual([]);
});

test('back leads past a closed run that only this visit knew, and Delete in a field closes nothing', async () => {
  const opened = await openLive([code('final_answer(1)')]);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, problems } = opened;
  await run(page);
  await chip(page, 'Answered').waitFor();
  await page.locator('[role=tabpanel]:not([hidden])').getByRole('row').filter({ hasText: 'Step 1' }).first().click();
  await dropFile(page.locator('h1'), 'no trace', 'a.txt');
  await page.getByRole('tab', { name: 'a.txt' }).click();

  await page.locator('#task').press('Delete');
  await page.getByRole('tab', { name: 'What is 6 times 7?' }).click();
  await page.keyboard.press('Delete');
  const after = await titles(page);
  for (let back = 0; back < 3; back += 1) {
    await page.goBack();
    expect(await page.getByRole('tab', { selected: true }).count()).toBe(1);
  }

  expect(after).toEqual(['Recorded run', 'a.txt']);
  expect(await titles(page)).toEqual(after);
  expect(problems).toEqual([]);
});
