import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import { call, finalAnswer, scriptedModel } from '../../src/testing/scripted-model';
import { tool } from '../../src/tools/tool';
import { hostedWorker } from '../fakes/hosted-worker';
import { chip, openLive, run } from '../fakes/live-demo';
import { answeredBy } from '../fakes/served-worker';

const SLOW = 60_000;
const front = (page: Page) => page.locator('[role=tab][aria-selected=true]').textContent();
const tabs = (page: Page) => page.getByRole('tab').allTextContents();
/** As Back and Forward do, or a person in the address bar. */
const goTo = (page: Page, hash: string) =>
  page.evaluate((to) => {
    location.hash = to;
  }, hash);

/** The page with a run under way whose model says no more, and a server with the runs of that agent. */
async function openBusy(model = scriptedModel(finalAnswer('from the server'))) {
  const pay = tool({ name: 'pay', description: 'Pays.', inputs: {}, needsApproval: true, execute: () => 'paid' });
  const manager = () => new ToolCallingAgent({ model, tools: [pay] });
  const others = answeredBy(hostedWorker({ agents: { manager } }));
  const opened = await openLive([{ hangsAfter: 'Thought: I think' }], { others });
  if (!opened) return undefined;
  const { page } = opened;
  const id = await page.evaluate(async () => {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ agent: 'manager', task: 'Say it', background: true });
    const { runId } = await (await fetch('/runs', { method: 'POST', headers, body })).json();
    return String(runId);
  });
  await run(page);
  await page.getByText('I think').first().waitFor();
  return { ...opened, id };
}

test('a run of the server opens beside a run that goes on, which is not touched, and Back and Forward lead to both', {
  timeout: SLOW,
}, async () => {
  const opened = await openBusy();
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, id, model, problems } = opened;

  await goTo(page, `run=${id}`);
  await chip(page, 'Answered').waitFor();
  const shown = [await front(page), await tabs(page), await page.locator('#problem').isVisible()];
  await page.getByRole('button', { name: /^Close/ }).click();
  await goTo(page, '');
  await page.goBack();
  await chip(page, 'Answered').waitFor();
  const again = await tabs(page);
  await page.getByRole('tab', { name: 'What is 6 times 7?' }).click();
  await chip(page, 'Running step 1').waitFor();
  await page.locator('#stop').click();
  await model.hungUp;
  await chip(page, 'Stopped').waitFor();

  const all = ['Recorded run', 'What is 6 times 7?', 'Run of this server'];
  expect(shown).toEqual(['Run of this server', all, false]);
  expect(again).toEqual(all);
  expect(problems).toEqual([]);
});

test('a run that the server does not have makes no tab, and leaves the run that goes on alone', {
  timeout: SLOW,
}, async () => {
  const opened = await openBusy();
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, id, problems } = opened;
  const [first = ''] = id;

  await goTo(page, `run=${id.replace(first, first === '0' ? '1' : '0')}`);
  await expect.poll(() => page.locator('#problem').textContent()).toContain('This server has no such run');

  expect(await tabs(page)).toEqual(['Recorded run', 'What is 6 times 7?']);
  await chip(page, 'Running step 1').waitFor();
  expect(problems).toEqual([]);
});

test('pressed faster than it comes, a run of the server has one tab', { timeout: SLOW }, async () => {
  const opened = await openBusy();
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, id, problems } = opened;

  await page.evaluate((run) => {
    for (const hash of [run, '', run, '', run]) location.hash = hash;
  }, `run=${id}`);
  await chip(page, 'Answered').waitFor();

  expect(await tabs(page)).toEqual(['Recorded run', 'What is 6 times 7?', 'Run of this server']);
  expect(problems).toEqual([]);
});

test('a run of the server that waits for a person asks when the run under way has ended, and goes on or stops then', {
  timeout: SLOW,
}, async () => {
  for (const press of ['Allow', 'Stop']) {
    const opened = await openBusy(scriptedModel(call('pay', {}), finalAnswer('paid it')));
    if (!opened) return expect(process.env.CI).toBeUndefined();
    const { page, id, problems } = opened;
    const form = page.locator('#human');

    await goTo(page, `run=${id}`);
    await chip(page, 'Waiting').waitFor();
    const early = await form.isVisible();
    await page.getByRole('tab', { name: 'What is 6 times 7?' }).click();
    await page.locator('#stop').click();
    await form.waitFor();
    await page.getByRole('tab', { name: 'Run of this server' }).click();
    await page.getByRole('button', { name: press, exact: true }).click();
    await chip(page, press === 'Allow' ? 'Answered' : 'Stopped').waitFor();
    await form.waitFor({ state: 'hidden' });

    expect(early).toBe(false);
    expect(problems).toEqual([]);
  }
});
