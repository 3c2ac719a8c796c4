import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import { root } from '../../scripts/steps.mjs';
import { dropFile, openBeside, openDemo, serveDemo } from '../fakes/demo-page';
import { savedPage } from '../fakes/saved-page';

const chip = (page: Page, text: string) => page.locator('.chip', { hasText: text });

test('a first visit shows the recorded run, named as one, and asks nobody but its own server', async () => {
  const opened = await openDemo((await serveDemo()).origin);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, problems, asked } = opened;

  await chip(page, 'Answered').waitFor();

  expect(await page.locator('p.note').textContent()).toMatch(
    /^Recorded run, 22 November 2026, model .+ Nothing was sent\.$/,
  );
  expect(await page.getByRole('button', { name: 'Play' }).isVisible()).toBe(true);
  expect(asked).toEqual([]);
  expect(problems).toEqual([]);
});

test('Play runs the recording through loop, tools and sandbox to its answer', async () => {
  const opened = await openDemo((await serveDemo()).origin);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, problems, asked } = opened;
  const workers: string[] = [];
  page.on('worker', (worker) => workers.push(new URL(worker.url()).pathname));
  await chip(page, 'Answered').waitFor();
  const facts = await page.locator('.outcome .facts').textContent();

  await page.getByLabel('Speed').selectOption('16');
  await page.getByRole('button', { name: 'Play' }).click();
  await chip(page, 'Running step 1').waitFor();
  await chip(page, 'Answered').waitFor();

  expect(await page.getByRole('button', { name: 'Play' }).isVisible()).toBe(true);
  expect(await page.locator('agent-trace').first().getByText('25.1', { exact: true }).first().isVisible()).toBe(true);
  expect(await page.locator('.outcome .facts').textContent()).toBe(facts); // the time of the run, not of its showing
  expect(workers).toEqual(['/page/sandbox-worker.js']);
  expect(asked).toEqual([]);
  expect(problems).toEqual([]);
});

test('the report of a managed agent can be another one, and so can what a tool inside it gave', async () => {
  const opened = await openDemo((await serveDemo()).origin);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, problems } = opened;
  await chip(page, 'Answered').waitFor();
  const editResult = async (step: string, result: RegExp, text: string) => {
    const panel = page.getByRole('tabpanel', { name: 'Recorded run', exact: true });
    await panel.getByRole('row').filter({ hasText: step }).first().click();
    await panel.getByRole('button', { name: 'Continue from here' }).click();
    const form = panel.locator('form');
    await form.waitFor();
    const choices = await form.locator('option').allTextContents();
    await form.locator('select').selectOption({ index: choices.findIndex((each) => result.test(each)) });
    const before = await form.locator('textarea').inputValue();
    await form.locator('textarea').fill(text);
    await form.getByRole('button').click();
    return before;
  };

  const report = await editResult('Step 1: code', /^Result of managed_agent/, 'The growth rate was 3.5 percent.');
  const branches = page.getByRole('tabpanel', { name: /^Branch of Recorded run from step 1/ });
  await branches.first().getByText('The growth rate was 3.5 percent.').first().waitFor();
  await page.getByRole('tab', { name: 'Recorded run', exact: true }).click();
  await editResult('Step 1: web_search', /^Result of web_search/, 'It was 4.5 percent, says a page.');

  await branches.last().getByText('It was 4.5 percent, says a page.').first().waitFor();
  expect(report).toContain('2.8');
  expect(await branches.last().locator('p.note').textContent()).toContain(
    'inside it from step 1 of a managed agent on, with another result',
  );
  expect(problems).toEqual([]);
});

test('a branch with other code runs on from its step, and is compared with the run it came from', async () => {
  const opened = await openDemo((await serveDemo()).origin);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, problems } = opened;
  await chip(page, 'Answered').waitFor();

  await page.getByRole('row').filter({ hasText: 'Step 2: code' }).click();
  await page.getByRole('button', { name: 'Continue from here' }).click();
  const form = page.locator('agent-trace form');
  await form.locator('select').selectOption({ label: 'Code' });
  const code = await form.locator('textarea').inputValue();
  await form.locator('textarea').fill(code.replace('2.8', '3.5'));
  await form.getByRole('button').click();

  const branch = page.getByRole('tabpanel', { name: 'Branch of Recorded run from step 2' });
  await branch.getByText('20.1', { exact: true }).first().waitFor();
  expect(await branch.locator('p.note').textContent()).toMatch(
    /^Branch of “Recorded run”, from step 2 on, with other code\. .*recording/,
  );
  await expect
    .poll(() => branch.locator('.comparison table').textContent())
    .toMatch(/Step 2: code, 3 lines → 20\.1.*Step 2: code, 3 lines → 25\.1/);
  expect(await page.getByRole('tab').allTextContents()).toEqual(['Recorded run', 'Branch of Recorded run from step 2']);
  expect(problems).toEqual([]);
});

test('a file that is dropped anywhere opens in a tab of its own, named as a file', async () => {
  const opened = await openDemo((await serveDemo()).origin);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page } = opened;
  await chip(page, 'Answered').waitFor();
  const file = await readFile(join(root, 'demo/recordings/gdp.run.json'), 'utf8');
  const other = file.replaceAll('If the US keeps its 2024 growth rate', 'If Norland keeps its growth');

  await dropFile(page.locator('h1'), other, 'norland.run.json');
  await dropFile(page.locator('agent-trace').first(), 'no trace at all', 'letter.txt');

  const panel = page.getByRole('tabpanel', { name: 'letter.txt' });
  await panel.getByText(/letter\.txt cannot be shown/).waitFor();
  await page.getByRole('tab', { name: 'norland.run.json' }).click();
  const norland = page.getByRole('tabpanel', { name: 'norland.run.json' });
  await norland.getByText('If Norland keeps its growth').first().waitFor();
  expect(await norland.locator('p.note').textContent()).toMatch(/^A file of yours, /);
  await page.getByRole('tab', { name: 'Recorded run' }).click();
  await chip(page, 'Answered').first().waitFor();
});

test('a file that is chosen in the viewer opens in a tab of its own, and the run stays', async () => {
  const opened = await openDemo((await serveDemo()).origin);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page } = opened;
  await chip(page, 'Answered').waitFor();

  const chosen = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Open', exact: true }).click();
  await (await chosen).setFiles(join(root, 'test/cases/golden/failing-calls.json'));

  await page.getByRole('tabpanel', { name: 'failing-calls.json' }).locator('.error-button').waitFor();
  await page.getByRole('tab', { name: 'Recorded run' }).click();
  await page.getByRole('tabpanel', { name: 'Recorded run' }).locator('.chip').waitFor();
});

test('Escape in the search field of the viewer leaves the run alone', async () => {
  const opened = await openDemo((await serveDemo()).origin);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page } = opened;
  await chip(page, 'Answered').waitFor();
  await page.getByRole('button', { name: 'Play' }).click();
  await chip(page, 'Running step 1').waitFor();

  await page.getByPlaceholder('Search all texts').fill('growth');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Pause' }).click();

  await page.getByText('Paused', { exact: true }).waitFor();
  expect(await chip(page, 'Running').isVisible()).toBe(true);
});

test('Stop ends the recording where it is: no step that was not played is shown, and no answer', async () => {
  const opened = await openDemo((await serveDemo()).origin);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page } = opened;
  await chip(page, 'Answered').waitFor();
  await page.getByRole('button', { name: 'Play' }).click();
  await chip(page, 'Running step 1').waitFor();

  await page.getByRole('button', { name: 'Stop' }).click();
  await chip(page, 'Stopped: you').waitFor();

  expect(await page.locator('.answer').textContent()).toBe('');
  expect(await page.getByRole('row').filter({ hasText: 'Step 2' }).count()).toBe(0);
  await page.getByRole('button', { name: 'Play' }).click();
  await chip(page, 'Running step 1').waitFor();
});

test('the address names the selected row, and leads back to it', async () => {
  const { origin } = await serveDemo();
  const opened = await openDemo(origin);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page } = opened;
  await chip(page, 'Answered').waitFor();
  await page.getByRole('row').filter({ hasText: 'visit_webpage(' }).click();
  await page.getByRole('row').filter({ hasText: 'Step 2: code' }).click();
  const address = page.url();
  await page.goBack();
  const selected = () => page.locator('agent-trace [aria-selected=true]').textContent();

  expect(address).toMatch(/#span=.+/);
  await expect.poll(selected).toContain('visit_webpage(');
  const beside = await openBeside(opened);
  await beside.page.goto(address);
  await expect
    .poll(() => beside.page.locator('agent-trace [aria-selected=true]').textContent())
    .toContain('Step 2: code');
});

test('the recorded run is saved as a page, which opens from disk', async () => {
  const opened = await openDemo((await serveDemo()).origin);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, problems } = opened;
  await chip(page, 'Answered').waitFor();

  const path = await savedPage(page);
  const beside = await openBeside(opened);
  await beside.page.goto(`file://${path}`);

  await chip(beside.page, 'Answered').waitFor();
  expect(await beside.page.locator('.answer').textContent()).toBe('25.1');
  expect([...problems, ...beside.problems]).toEqual([]);
});

test('two tabs play at once, each its own run', async () => {
  const opened = await openDemo((await serveDemo()).origin);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const tabs = [opened, await openBeside(opened)];

  for (const { page } of tabs) {
    await page.getByLabel('Speed').selectOption('16');
    await page.getByRole('button', { name: 'Play' }).click();
    await page.locator('.chip[data-outcome=running]').waitFor();
  }
  for (const { page } of tabs) await chip(page, 'Answered').waitFor();

  expect(tabs.flatMap(({ problems }) => problems)).toEqual([]);
});

test('by keyboard alone the recording is played, stopped, and a row of it opened', async () => {
  const opened = await openDemo((await serveDemo()).origin);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page } = opened;
  await chip(page, 'Answered').waitFor();

  await page.keyboard.press('Control+Enter');
  await chip(page, 'Running step 1').waitFor();
  await page.keyboard.press('Escape');
  await chip(page, 'Stopped: you').waitFor();
  for (let presses = 0; presses < 40 && !(await inTree()); presses += 1) await page.keyboard.press('Tab');
  await page.keyboard.press('ArrowDown');

  expect(await inTree()).toBe(true);
  expect(await page.locator('agent-trace [aria-selected=true]').textContent()).toContain('Step 1');

  function inTree(): Promise<boolean> {
    return page
      .locator('agent-trace')
      .evaluate((viewer) => viewer.shadowRoot?.activeElement?.closest('[role=treegrid]') != null);
  }
});

test.each(['light', 'dark'] as const)('axe finds nothing serious in the %s page', async (colorScheme) => {
  const opened = await openDemo((await serveDemo()).origin, { colorScheme, bypassCSP: true });
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page } = opened;
  await chip(page, 'Answered').waitFor();
  await dropFile(page.locator('h1'), 'no trace', 'letter.txt');
  await page.getByLabel('Hugging Face').check();
  await page.getByText('Agent, tools and limits').click();
  await page.addScriptTag({ path: join(root, 'node_modules/axe-core/axe.min.js') });

  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; impact: string }[] }> };
    };
    return (await axe.run()).violations.map(({ id, impact }) => `${impact} ${id}`);
  });

  expect(found.filter((line) => /^(serious|critical)/.test(line))).toEqual([]);
});
