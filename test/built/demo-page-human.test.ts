import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import { call, calls, finalAnswer, scriptedModel } from '../../src/testing/scripted-model';
import { tool } from '../../src/tools/tool';
import { openDemo, serveDemo } from '../fakes/demo-page';
import { hostedWorker } from '../fakes/hosted-worker';
import { chip, code, openLive, run } from '../fakes/live-demo';
import { answeredBy } from '../fakes/served-worker';

const SLOW = 60_000;
const form = (page: Page) => page.locator('#human');
const focused = (page: Page) => page.evaluate(() => document.activeElement?.id);
/** Whether the browser would ask before it leaves the page. */
const holds = (page: Page) => page.evaluate(() => !dispatchEvent(new Event('beforeunload', { cancelable: true })));

/** A page of an agent that writes code and asks before each call, and the addresses that were visited. */
async function openAsked(...replies: string[]) {
  const visited: string[] = [];
  const others = ({ url = '' }: IncomingMessage, response: ServerResponse) => {
    const asked = new URL(url, 'http://page.example').searchParams.get('url');
    if (asked !== null) visited.push(asked);
    response.writeHead(200, { 'content-type': 'text/markdown' }).end('It says 7.');
  };
  const tools = ['Ask me', 'Ask before each call'];
  const opened = await openLive(replies.map(code), { tools, others });
  return opened && { ...opened, visited };
}

test('keys that are typed elsewhere while an approval comes decide nothing, and Enter in the reason refuses', {
  timeout: SLOW,
}, async () => {
  const opened = await openAsked('console.log(await visit_webpage({ url: "https://a.example/" }))', 'final_answer(1)');
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, model, visited, problems } = opened;

  await page.locator('#task').evaluate((task: HTMLElement) => {
    document.getElementById('run')?.click();
    task.focus();
  });
  await form(page).waitFor();
  await page.keyboard.type(' and so');
  const task = await page.locator('#task').inputValue();
  const asks = await form(page).textContent();
  await page.getByLabel('because').fill('not that one');
  await page.getByLabel('because').press('Enter');
  await chip(page, 'Answered').waitFor();

  expect(task).toBe('What is 6 times 7? and so');
  expect(asks).toContain('In “What is 6 times 7?”: CodeAgent wants to call visit_webpage.');
  expect(visited).toEqual([]);
  expect(JSON.stringify(model.requests[1]?.body.messages)).toContain('not that one');
  expect(problems).toEqual([]);
});

test('a double click allows one call, and arguments that do not fit are asked for again, the other answer being kept', {
  timeout: SLOW,
}, async () => {
  const opened = await openAsked(
    'const both = ["https://a.example/", "https://b.example/"].map((url) => visit_webpage({ url })); final_answer((await Promise.all(both)).join())',
  );
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, visited, problems } = opened;
  const given = page.getByLabel('Arguments');
  const allow = page.getByRole('button', { name: 'Allow' });

  await run(page);
  await form(page).waitFor();
  const first = await focused(page);
  await allow.dblclick();
  await expect.poll(() => given.inputValue()).toContain('b.example');
  await given.fill('{"url": "https://c.example/", "bogus": 1}');
  await allow.click();
  await expect.poll(() => given.evaluate((field: HTMLTextAreaElement) => field.validationMessage)).toContain('bogus');
  const again = await given.inputValue();
  await given.fill('{"url": "https://c.example/"}');
  await allow.press('Enter');
  await chip(page, 'Answered').waitFor();

  expect(first).toBe('human');
  expect(JSON.parse(again)).toEqual({ url: 'https://c.example/', bogus: 1 });
  expect(visited.toSorted()).toEqual(['https://a.example/', 'https://c.example/']);
  expect(await page.locator('#problem').isVisible()).toBe(false);
  expect(problems).toEqual([]);
});

test('what is asked shows characters that hide or turn others, and what is allowed is what the model gave', {
  timeout: SLOW,
}, async () => {
  const url = 'https://a.example/?x=\u202emoc.knab\u202c&\u200b\u00a0\u{e0041}\u3164';
  const opened = await openAsked(
    `await user_input({ question: "Allow \\u202e?gnihton\\nor all?" }); await visit_webpage(${JSON.stringify({ url })}); final_answer(1)`,
  );
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, visited } = opened;
  await page.locator('#task').fill('What is \u202e 7?');

  await run(page);
  await page.getByLabel('asks:').waitFor();
  const question = await form(page).innerText();
  const title = await page.getByRole('tab').nth(1).textContent();
  await page.keyboard.type('yes');
  await page.keyboard.press('Control+Enter');
  const shown = await page.getByLabel('Arguments').inputValue();
  await page.getByRole('button', { name: 'Allow' }).click();
  await chip(page, 'Answered').waitFor();

  expect(question).toContain('In “What is ⟨U+202E⟩ 7?”: CodeAgent asks: Allow ⟨U+202E⟩?gnihton\nor all?');
  expect(title).toBe('What is ⟨U+202E⟩ 7?');
  expect(shown).toContain('?x=\\u202emoc.knab\\u202c&\\u200b\\u00a0\\udb40\\udc41\\u3164"');
  expect(visited.map(decodeURIComponent)).toEqual([url]);
});

test('a run that is stopped while a person is asked is a stopped one, and the page is held only as long as it waits', {
  timeout: SLOW,
}, async () => {
  const opened = await openAsked('final_answer(await visit_webpage({ url: "https://a.example/" }))', 'final_answer(2)');
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, visited, problems } = opened;
  const before = await holds(page);

  await run(page);
  await form(page).waitFor();
  const meanwhile = await holds(page);
  await page.getByRole('button', { name: 'Stop' }).click();
  await chip(page, 'Stopped: you').waitFor();
  const after = await holds(page);
  await run(page);
  await chip(page, 'Answered').waitFor();

  expect([before, meanwhile, after, await holds(page)]).toEqual([false, true, false, false]);
  expect(await form(page).isVisible()).toBe(false);
  expect(visited).toEqual([]);
  expect(problems).toEqual([]);
});

test('a run of the server asks again as well, and is given up where it is stopped meanwhile', {
  timeout: SLOW,
}, async () => {
  const look = tool({
    name: 'look',
    description: 'Looks.',
    inputs: { at: { type: 'string', description: 'At what' } },
    needsApproval: true,
    execute: ({ at }) => `${at} seen`,
  });
  const model = scriptedModel(call('look', { at: 'a' }), call('look', { at: 'b' }));
  const worker = hostedWorker({
    agents: { manager: () => new ToolCallingAgent({ model, tools: [look] }) },
    model: () => model,
  });
  const opened = await openDemo((await serveDemo(answeredBy(worker))).origin);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, problems } = opened;
  const given = page.getByLabel('Arguments');
  const allow = page.getByRole('button', { name: 'Allow' });
  await page.getByLabel('The model of this server').check();
  await page.locator('#task').fill('Look');

  await page.locator('#run').click();
  await given.fill('{"at": "c", "bogus": 1}');
  await allow.click();
  await expect.poll(() => given.evaluate((field: HTMLTextAreaElement) => field.validationMessage)).toContain('bogus');
  await given.fill('{"at": "c"}');
  await allow.click();
  await expect.poll(() => given.inputValue()).toContain('"b"');
  const held = await holds(page);
  await page.getByRole('button', { name: 'Stop' }).click();
  await chip(page, 'Stopped: you').waitFor();
  await page.reload();

  await chip(page, 'Stopped').waitFor();
  await page.locator('[role=tabpanel]:not([hidden])').getByText('c seen').first().waitFor();
  expect(held).toBe(false); // the server goes on without the page
  expect(problems).toEqual([]);
});

test('of several calls of a run of the server none runs before all are answered, and the one that does not fit is asked for again', {
  timeout: SLOW,
}, async () => {
  const seen: unknown[] = [];
  const look = tool({
    name: 'look',
    description: 'Looks.',
    inputs: { at: { type: 'string', description: 'At what' } },
    needsApproval: true,
    execute: ({ at }) => seen.push(at),
  });
  const model = scriptedModel(calls(['look', { at: 'a' }], ['look', { at: 'b' }]), finalAnswer('done'));
  const manager = () => new ToolCallingAgent({ model, tools: [look] });
  const opened = await openDemo((await serveDemo(answeredBy(hostedWorker({ agents: { manager } })))).origin);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, problems } = opened;
  const given = page.getByLabel('Arguments');
  const allow = page.getByRole('button', { name: 'Allow' });
  await page.getByLabel('The model of this server').check();
  await page.locator('#task').fill('Look');

  await page.locator('#run').click();
  await allow.click();
  await expect.poll(() => given.inputValue()).toContain('"b"');
  await given.fill('{"at": "c", "bogus": 1}');
  await allow.click();
  await expect.poll(() => given.evaluate((field: HTMLTextAreaElement) => field.validationMessage)).toContain('bogus');
  const before = [...seen];
  await given.fill('{"at": "c"}');
  await allow.click();
  await chip(page, 'Answered').waitFor();

  expect([before, seen]).toEqual([[], ['a', 'c']]);
  expect(problems).toEqual([]);
});
