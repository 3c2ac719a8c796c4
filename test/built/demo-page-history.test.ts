import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import { openDemo, serveDemo } from '../fakes/demo-page';
import { chip, code, KEY, openLive, run } from '../fakes/live-demo';

const selected = (page: Page) =>
  page.locator('[role=tabpanel]:not([hidden]) agent-trace [aria-selected=true]').first().textContent();
const front = (page: Page) => page.locator('[role=tab][aria-selected=true]').textContent();

test('what was chosen is there again after the page was loaded again, keys and addresses with keys in them are not', async () => {
  const opened = await openLive([], { agent: 'tool-calling', tools: ['Wikipedia', 'Ask before each call'] });
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, model, problems } = opened;
  const form = async () => ({
    source: await page.locator('input[name=source]:checked').inputValue(),
    endpoint: await page.locator('#endpoint').inputValue(),
    key: await page.locator('#endpoint-key').inputValue(),
    task: await page.locator('#task').inputValue(),
    agent: await page.locator('#agent').inputValue(),
    steps: await page.locator('#max-steps').inputValue(),
    tools: await page
      .locator('#tools input:checked')
      .evaluateAll((boxes) => boxes.map(({ parentElement }) => parentElement?.textContent?.trim())),
  });
  await page.getByLabel('Steps').fill('3');

  await page.reload();
  const after = await form();
  await page.locator('#endpoint').fill('https://me:sk-hidden@models.example/v1?key=sk-other');
  await page.locator('#endpoint-key').fill(KEY);
  const storage = () =>
    page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }, document.cookie]));
  const stored = [await storage()];
  for (const address of ['127.0.0.1:8080/v1?key=sk-1', '//me:sk-2@models.example', 'https://models.example/v1#sk-3']) {
    await page.locator('#endpoint').fill(address);
    stored.push(await storage());
  }
  const kept = stored.join();
  await page.reload();

  expect(after).toEqual({
    source: 'endpoint',
    endpoint: model.url,
    key: '',
    task: 'What is 6 times 7?',
    agent: 'tool-calling',
    steps: '3',
    tools: ['Search the web', 'Read pages', 'Wikipedia', 'Ask before each call'],
  });
  expect(kept).toContain('What is 6 times 7?');
  expect(kept).not.toMatch(/sk-/);
  expect(await form()).toMatchObject({ endpoint: '', key: '' });
  expect(problems).toEqual([]);
});

test('what another page has left in the storage is not taken for choices', async () => {
  const { origin } = await serveDemo();
  const opened = await openDemo(origin);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, problems } = opened;

  for (const text of ['no JSON', '[1]', 'null', '{"agent":"none","max-steps":{},"source worker":"x","__proto__":1}']) {
    await page.evaluate((left) => sessionStorage.setItem('smolagents-web choices', left), text);
    await page.reload();
    await chip(page, 'Answered').waitFor();
  }

  expect(await page.locator('#agent').inputValue()).toBe('team');
  expect(await page.locator('#max-steps').inputValue()).toBe('8');
  expect(problems).toEqual([]);
});

test('back and forward lead to the run and the row that were chosen, also of a run that only this visit knows', async () => {
  const opened = await openLive([code('let n = 6 * 7; console.log(n)'), code('final_answer(n)')]);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, problems } = opened;
  const row = (text: string) =>
    page.locator('[role=tabpanel]:not([hidden])').getByRole('row').filter({ hasText: text });

  await run(page);
  await chip(page, 'Answered').waitFor();
  await row('Step 1: code').first().click();
  await page.getByRole('tab', { name: 'Recorded run' }).click();
  await row('visit_webpage(').click();
  const places = [];
  for (const way of ['goBack', 'goBack', 'goForward', 'goForward'] as const) {
    await page[way]();
    places.push([await front(page), await selected(page)]);
  }

  expect(places[1]).toEqual(['What is 6 times 7?', expect.stringContaining('Step 1: code')]);
  expect(places[0]?.[0]).toBe('Recorded run');
  expect(places[3]).toEqual(['Recorded run', expect.stringContaining('visit_webpage(')]);
  await page.reload();
  await expect.poll(() => selected(page)).toContain('visit_webpage(');
  expect(problems).toEqual([]);
});

test('the recording with an error is opened by its address, and says its first error before any click', async () => {
  const opened = await openDemo((await serveDemo()).origin, { path: '/#recording=failing-tool' });
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, asked, problems } = opened;

  await page.locator('[role=tabpanel]:not([hidden]) .error-button').waitFor();

  const panel = page.locator('[role=tabpanel]:not([hidden])');
  expect(await panel.locator('p.note').textContent()).toMatch(
    /^Recorded run, 23 November 2026, model .+ Nothing was sent/,
  );
  expect(await panel.locator('.error-button').textContent()).toContain('answered 503');
  const failing = panel.locator('[role=row][data-kind=tool][data-state=recovered]', { hasText: 'visit_webpage(' });
  await failing.click();
  await panel.getByText('answered 503').first().waitFor();
  expect(asked).toEqual([]);
  expect(problems).toEqual([]);
});

test('the recording with an error is played through loop, tools and sandbox to the same end', async () => {
  const opened = await openDemo((await serveDemo()).origin);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, asked, problems } = opened;
  await page.locator('#sample').selectOption('failing-tool');
  const panel = page.locator('[role=tabpanel]:not([hidden])');
  await chip(page, 'Answered').waitFor();
  const before = [await panel.locator('.answer').textContent(), await panel.locator('.error-button').textContent()];

  await page.getByLabel('Speed').selectOption('as it was');
  await page.locator('#step').click();
  await chip(page, 'Running').waitFor();
  let shown = '';
  const stepOn = async () => {
    const outcome = await panel.locator('.chip').getAttribute('data-outcome');
    const before = shown;
    shown = (await panel.locator('agent-trace').getByRole('treegrid').textContent()) ?? '';
    if (outcome === 'running' && shown === before) await page.locator('#step').click(); // behind the end it would begin anew
    return outcome;
  };
  await expect.poll(stepOn).toBe('answered');

  expect([await panel.locator('.answer').textContent(), await panel.locator('.error-button').textContent()]).toEqual(
    before,
  );
  expect(asked).toEqual([]);
  expect(problems).toEqual([]);
});

test('every step of a recording is named as recorded, and no step of a live run is', async () => {
  const opened = await openLive([code('final_answer(1)')]);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page } = opened;
  const words = (part: string, side: string) =>
    page.locator(`[role=tabpanel]:not([hidden]) agent-trace`).evaluate(
      (viewer, [name = '', place = '']) => {
        const node = viewer.shadowRoot?.querySelector(`[part=${name}]`);
        return node ? getComputedStyle(node, place).content : '';
      },
      [part, side],
    );

  /** The small word at the end of each step's row, the rows of other kinds having none. */
  const stepWords = () =>
    page.locator('[role=tabpanel]:not([hidden]) agent-trace').evaluate((viewer) => {
      const rows = viewer.shadowRoot?.querySelectorAll('[role=row][data-kind] .name') ?? [];
      return Array.from(rows, (name) => ({ name, word: getComputedStyle(name, '::before').content }))
        .filter(({ name, word }) => name.closest('[data-kind=step]') || !/^(none|normal)$/.test(word))
        .map(({ word }) => word.replace(/^(none|normal)$|"/g, ''));
    });

  await run(page);
  await chip(page, 'Answered').waitFor();
  const live = [await words('outcome', '::after'), await words('details', '::before')];
  const liveSteps = await stepWords();
  await page.getByRole('tab', { name: 'Recorded run' }).click();
  await chip(page, 'Answered').waitFor();
  const steps = await stepWords();
  const recorded = [await words('outcome', '::after'), await words('details', '::before')];
  await page.getByRole('radio', { name: 'Recorded run' }).check();
  await page.getByRole('button', { name: 'Play' }).click();
  await chip(page, 'Running step 1').waitFor();
  const played = await stepWords();

  expect([live, liveSteps]).toEqual([['none', 'none'], ['']]);
  expect(recorded).toEqual(['" (recorded)"', '"Recorded: nothing of this step was sent now."']);
  expect(steps.length).toBeGreaterThan(2);
  expect(new Set([...steps, ...played])).toEqual(new Set(['recorded']));
});
