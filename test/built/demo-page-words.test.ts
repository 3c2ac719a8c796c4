import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import { root } from '../../scripts/steps.mjs';
import { dropFile, openDemo, serveDemo } from '../fakes/demo-page';
import { hostedWorker } from '../fakes/hosted-worker';
import { chip, chooseEndpoint, code, openLive, run } from '../fakes/live-demo';
import { startModelServer } from '../fakes/model-server';
import { answeredBy } from '../fakes/served-worker';

const SLOW = 60_000;
const shown = (page: Page) => page.locator('[role=tabpanel]:not([hidden])');
const problem = (page: Page) => page.locator('#problem').textContent();
const note = (page: Page) => shown(page).locator('p.note').textContent();

/** Asks the run in front to go on from a step, with nothing changed. */
async function continueFrom(page: Page, row: string): Promise<void> {
  await shown(page).getByRole('row').filter({ hasText: row }).first().click();
  await shown(page).getByRole('button', { name: 'Continue from here' }).click();
  await shown(page).locator('form button').click();
}

test('a recording is gone on with by its own words, or by a model of the page, and the note says by which', {
  timeout: SLOW,
}, async () => {
  await using model = await startModelServer([code('final_answer("live 1")'), code('final_answer("live 2")')]);
  const opened = await openDemo((await serveDemo(answeredBy(hostedWorker()))).origin);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, problems } = opened;
  const askOn = page.locator('#follow-up');
  await chip(page, 'Answered').waitFor();

  await page.getByLabel('The model of this server').check();
  await continueFrom(page, 'Step 2: code');
  await expect.poll(() => problem(page)).toMatch(/^Choose another model above to go on with this run/);
  const tabs = await page.getByRole('tab').count();
  await page.getByRole('radio', { name: 'Recorded run' }).check();
  await continueFrom(page, 'Step 2: code');
  await page.getByRole('tab').nth(1).waitFor();
  await chip(page, 'Answered').waitFor();
  const recorded = [await note(page), await askOn.isVisible()];
  await page.getByLabel('The model of this server').check();
  const withServer = await askOn.isVisible();
  await chooseEndpoint(page, model.url, 'code');

  await askOn.waitFor(); // the recording has a model now that can be asked
  await page.locator('#next-task').fill('And now?');
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  await shown(page).getByText('live 1').first().waitFor();
  const follow = await note(page);
  await page.getByRole('radio', { name: 'Recorded run' }).check();
  await page.getByRole('tab', { name: 'And now?' }).click();
  await page.locator('#next-task').fill('Once more?');
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  await shown(page).getByText('live 2').first().waitFor();

  expect(tabs).toBe(1);
  expect(recorded).toEqual([expect.stringContaining('still those of the recording'), false]);
  expect(withServer).toBe(false);
  expect(follow).toBe(`Follow-up to “Branch of Recorded run from step 2”, on the same memory: local at ${model.url}.`);
  expect(await note(page)).toContain(`local at ${model.url}`);
  expect(await shown(page).locator('agent-trace').getAttribute('class')).not.toBe('recorded');
  expect(model.requests).toHaveLength(2);
  expect(problems).toEqual([]);
});

test('a follow-up names and asks the model of its run, at its price, whatever the form says by then', {
  timeout: SLOW,
}, async () => {
  const opened = await openLive([code('final_answer(1)'), code('final_answer("two")')]);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, model, problems } = opened;
  const ask = async (task: string) => {
    await page.locator('#next-task').fill(task);
    await page.getByRole('button', { name: 'Ask', exact: true }).click();
  };
  await page.locator('#endpoint-model').fill('model-A');
  await run(page);
  await chip(page, 'Answered').waitFor();
  await page.locator('#endpoint-model').fill('model-B');
  await page.locator('#endpoint').fill('http://127.0.0.1:1/v1');
  await page.getByText('Agent, tools and limits').click();
  for (const id of ['#price-in', '#price-out']) await page.locator(id).fill('1000');

  await ask('And again?');
  await shown(page).getByText('two').first().waitFor();
  const told = [await note(page), await shown(page).locator('.outcome .facts').textContent()];
  await model[Symbol.asyncDispose]();
  await ask('And a third time?');

  await expect.poll(() => problem(page), { timeout: 20_000 }).toContain(`${model.url} does not answer`);
  expect(told[0]).toContain(`on the same memory: model-A at ${model.url}.`);
  expect(told[1]).not.toContain('$');
  expect(model.requests[1]?.body).toMatchObject({ model: 'model-A' });
  expect(problems).toEqual([]);
});

test('events without the file of their run cannot be gone on with: the page says so, and opens no tab', {
  timeout: SLOW,
}, async () => {
  const opened = await openLive([]);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, problems } = opened;
  const { events } = JSON.parse(await readFile(join(root, 'demo/recordings/gdp.run.json'), 'utf8'));
  await dropFile(page.locator('h1'), JSON.stringify({ events }), 'events.json');
  await page.getByRole('tab').nth(1).waitFor();

  await shown(page).getByRole('row').filter({ hasText: 'Step 1' }).first().click();
  await shown(page).getByRole('button', { name: 'Continue from here' }).click();
  await shown(page).locator('form button').click();

  await expect.poll(() => problem(page)).toMatch(/^Open what “Save” wrote of the run, as a file/);
  expect(await page.getByRole('tab').count()).toBe(2);
  expect(problems).toEqual([]);
});
