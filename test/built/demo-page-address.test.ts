import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import { call, finalAnswer, scriptedModel } from '../../src/testing/scripted-model';
import { openDemo, serveDemo } from '../fakes/demo-page';
import { hostedWorker } from '../fakes/hosted-worker';
import { chip } from '../fakes/live-demo';
import { answeredBy } from '../fakes/served-worker';
import { addOne } from '../fakes/small-tools';

const SLOW = 60_000;
const shown = (page: Page) => page.locator('[role=tabpanel]:not([hidden])');
/** What the rows in front say, without their times. */
async function rows(page: Page): Promise<string[]> {
  const texts = await shown(page).locator('agent-trace').getByRole('row').allTextContents();
  return texts.map((text) => text.replaceAll(/\d[\d.]* m?s/g, ''));
}

test('a branch of a run of the server has its beginning and its comparison again after a reload, and limits that are not shown are not sent', {
  timeout: SLOW,
}, async () => {
  const model = scriptedModel(call('add_one', { a: 1 }), finalAnswer('first'), finalAnswer('second'));
  const manager = () => new ToolCallingAgent({ model, tools: [addOne] });
  const opened = await openDemo((await serveDemo(answeredBy(hostedWorker({ agents: { manager } })))).origin);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, problems } = opened;
  const started: unknown[] = [];
  page.on('request', (request) => {
    if (request.method() === 'POST' && request.url().endsWith('/runs')) started.push(request.postDataJSON());
  });
  await page.locator('#max-steps').evaluate((field: HTMLInputElement) => {
    field.value = '';
  });

  await page.getByLabel('The model of this server').check();
  await page.locator('#task').fill('Add one to 1');
  await page.locator('#run').click();
  await page.getByRole('tab').nth(1).waitFor();
  await shown(page).locator('.answer', { hasText: 'first' }).waitFor();
  await shown(page).getByRole('row').filter({ hasText: 'Step 2' }).first().click();
  await shown(page).getByRole('button', { name: 'Continue from here' }).click();
  await shown(page).locator('form button').click();
  await page.getByRole('tab').nth(2).waitFor();
  await shown(page).locator('.answer', { hasText: 'second' }).waitFor();
  await shown(page).locator('.comparison table').waitFor();
  const before = await rows(page);
  await page.reload();
  await shown(page).locator('.answer', { hasText: 'second' }).waitFor();
  await shown(page).locator('.comparison table').waitFor();

  expect(started).toEqual([{ agent: 'manager', task: 'Add one to 1' }]);
  expect(before.some((row) => row.includes('add_one'))).toBe(true);
  expect(await rows(page)).toEqual(before);
  expect(await shown(page).locator('p.note').textContent()).toMatch(
    /^Run of this server, \S+\. By its address a branch of the run \S+, from step 2 on\.$/,
  );
  expect(problems).toEqual([]);
});

test('the recording that is chosen is in front after a reload, and one that an address names is what Play plays', {
  timeout: SLOW,
}, async () => {
  const opened = await openDemo((await serveDemo()).origin);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, problems } = opened;
  const front = () => page.locator('[role=tab][aria-selected=true]').textContent();
  await chip(page, 'Answered').waitFor();

  await page.locator('#sample').selectOption('failing-tool');
  await page.reload();
  await chip(page, 'Answered').waitFor();
  const chosen = [await front(), await page.locator('#sample').inputValue()];
  await page.evaluate(() => sessionStorage.clear());
  await page.reload();
  await chip(page, 'Answered').waitFor();
  const named = [await front(), await page.locator('#sample').inputValue()];
  await page.goBack();

  expect(chosen).toEqual(['Recorded run that went wrong', 'failing-tool']);
  expect(named).toEqual(chosen);
  await expect.poll(front).toBe('Recorded run');
  expect(await page.locator('#sample').inputValue()).toBe('answered');
  expect(problems).toEqual([]);
});

test('with every detail open nothing of the page sticks out at 320 pixels', { timeout: SLOW }, async () => {
  const opened = await openDemo((await serveDemo()).origin, { viewport: { width: 320, height: 700 } });
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page } = opened;
  await chip(page, 'Answered').waitFor();

  for (const source of ['Recorded run', 'An endpoint of yours', 'Hugging Face']) {
    await page.getByRole('radio', { name: source }).check();
    await page.evaluate(() => {
      for (const details of document.querySelectorAll('details')) details.open = true;
    });
    await page.locator('#program').getByText('import').first().waitFor();

    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
  }
});
