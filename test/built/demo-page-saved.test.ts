import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import { dropFile } from '../fakes/demo-page';
import { chip, code, openLive, run } from '../fakes/live-demo';

test('a run that was saved as a file and dropped is gone on with from a step, by the agent that is chosen', async () => {
  const opened = await openLive([
    code('let n = 6 * 7; console.log(n)'),
    code('final_answer(n)'),
    code('final_answer("still " + n)'),
  ]);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, model, problems } = opened;
  await run(page);
  await chip(page, 'Answered').waitFor();

  await saveAndDrop(page, 'What is 6 times 7?', 'mine.run.json');
  await goOnFrom(page, 'mine.run.json', 'Step 2: code');

  const branch = page.getByRole('tabpanel', { name: 'Branch of mine.run.json from step 2' });
  await branch.getByText('still 42').first().waitFor();
  expect(await branch.locator('[data-kept]').first().textContent()).toContain('Step 1: code');
  expect(model.requests).toHaveLength(3);
  expect(problems).toEqual([]);
});

test('a branch that was saved and dropped is gone on with, from its own steps and from one that it kept', async () => {
  const opened = await openLive([
    ...[code('let n = 6 * 7; n'), code('final_answer(n)'), code('n += 1; n'), code('final_answer(n)')],
    ...[code('final_answer("later " + n)'), code('final_answer("afresh")')],
  ]);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, problems } = opened;
  await run(page);
  await chip(page, 'Answered').waitFor();
  await goOnFrom(page, 'What is 6 times 7?', 'Step 2: code');
  await page.getByRole('tabpanel', { name: 'Branch of' }).getByText('43').first().waitFor();

  await saveAndDrop(page, 'Branch of', 'branch.run.json');
  await goOnFrom(page, 'branch.run.json', 'Step 3: code');
  await page.getByText('later 43').first().waitFor();
  await page.getByRole('tab', { name: 'branch.run.json', exact: true }).click();
  await goOnFrom(page, 'branch.run.json', 'Step 1: code');

  await page.getByText('afresh').first().waitFor();
  expect(problems).toEqual([]);
});

/** Saves the run of a tab as a file, which is then opened again under that name. */
async function saveAndDrop(page: Page, tab: string, name: string): Promise<void> {
  const shown = page.getByRole('tabpanel', { name: tab });
  await shown.getByRole('button', { name: 'Save', exact: true }).click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    shown.getByRole('button', { name: 'Save file' }).click(),
  ]);
  await dropFile(page.locator('h1'), await readFile(await download.path(), 'utf8'), name);
}

async function goOnFrom(page: Page, tab: string, row: string): Promise<void> {
  const shown = page.getByRole('tabpanel', { name: tab, exact: true });
  await shown.getByRole('row').last().click();
  await page.keyboard.press('Home'); // rows that are out of sight are not there
  await shown.getByRole('row').filter({ hasText: row }).first().click();
  await shown.getByRole('button', { name: 'Continue from here' }).click();
  await shown.locator('form button').click();
}
