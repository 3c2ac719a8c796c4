import { expect, test } from 'vitest';

import { chip, code, openLive, run } from '../fakes/live-demo';

const SLOW = 60_000;

test('Ctrl+Enter sends off the form it is pressed in, the focus goes with the run, and a held Enter presses once', {
  timeout: SLOW,
}, async () => {
  const opened = await openLive([
    code('let n = 6 * 7; final_answer(n)'),
    code('final_answer("branch " + n)'),
    code('final_answer("more")'),
  ]);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, model, problems } = opened;
  const focused = () => page.evaluate(() => document.activeElement?.textContent);
  const shown = page.locator('[role=tabpanel]:not([hidden])');

  await page.locator('#run').focus();
  await page.keyboard.down('Enter');
  await page.keyboard.down('Enter');
  await page.keyboard.up('Enter');
  await page.getByRole('tab').nth(1).waitFor();
  await chip(page, 'Answered').waitFor();
  await shown.getByRole('row').filter({ hasText: 'Step 1: code' }).click();
  await shown.getByRole('button', { name: 'Continue from here' }).click();
  await shown.locator('form select').selectOption({ label: 'Code' });
  await shown.locator('form textarea').fill('let n = 5; console.log(n)');
  await shown.locator('form textarea').press('Control+Enter');
  await shown.locator('.answer', { hasText: 'branch 5' }).waitFor();
  const atBranch = await focused();
  await page.getByLabel('Ask on, on the same memory').fill('And more?');
  await page.getByLabel('Ask on, on the same memory').press('Control+Enter');
  await shown.locator('.answer', { hasText: 'more' }).waitFor();
  const atFollowUp = await focused();
  await page.locator('#skip').focus();
  await page.keyboard.press('Enter');

  expect([atBranch, atFollowUp, await focused()]).toEqual([
    'Branch of What is 6 times 7? from step 1',
    'And more?',
    'And more?',
  ]);
  expect(await page.getByRole('tab').count()).toBe(4);
  expect(JSON.stringify(model.requests[2]?.body.messages)).toContain('And more?');
  expect(model.requests).toHaveLength(3);
  expect(problems).toEqual([]);
});

test('what cannot begin leaves no tab, and a branch that is wanted during a run is refused until the run has ended', {
  timeout: SLOW,
}, async () => {
  const opened = await openLive([{ hangsAfter: 'Thought: I think' }]);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, problems } = opened;
  const problem = () => page.locator('#problem').textContent();
  const tabs = () => page.getByRole('tab').count();

  await page.getByLabel('Key, if it wants one').fill('a key\u2028 that is none');
  await page.locator('#run').click();
  await expect.poll(problem).toMatch(/./);
  const refused = await tabs();
  await page.getByLabel('Key, if it wants one').fill('');
  await run(page);
  await page.getByRole('tab', { name: 'Recorded run' }).click();
  const shown = page.locator('[role=tabpanel]:not([hidden])');
  await shown.getByRole('row').filter({ hasText: 'Step 1' }).first().click();
  await shown.getByRole('button', { name: 'Continue from here' }).click();
  await shown.locator('form button').click();
  await expect.poll(problem).toContain('A run is under way.');
  const meanwhile = await tabs();
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByRole('tab').nth(1).click();
  await chip(page, 'Stopped: you').waitFor();
  const told = await page.locator('#problem').isVisible();

  expect([refused, meanwhile, await tabs()]).toEqual([1, 2, 2]);
  expect(told).toBe(false);
  expect(problems).toEqual([]);
});
