import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { startCollector } from '../fakes/collector';
import { dropFile, openDemo, serveDemo } from '../fakes/demo-page';
import { chip, code, KEY, type LiveOptions, openLive, run } from '../fakes/live-demo';
import type { Reply } from '../fakes/model-server';

const call = (name: string, args: object) => JSON.stringify({ name, arguments: args });

test('a live run goes to its answer, and a follow-up has its memory and variables', async () => {
  const opened = await openLive([code('let n = 6 * 7; final_answer(n)'), code('final_answer("again 42")')]);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, model, problems } = opened;

  await run(page);
  await chip(page, 'Answered').waitFor();
  await page.getByLabel('Ask on, on the same memory').fill('And once more?');
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  const follow = page.getByRole('tabpanel', { name: 'And once more?' });
  await follow.getByText('again 42').first().waitFor();

  expect(JSON.stringify(model.requests[1]?.body.messages)).toContain('What is 6 times 7?');
  expect(problems).toEqual([]);
});

test('the key is sent to its endpoint only, and is in no storage, address, text or span', async () => {
  await using collector = await startCollector();
  const opened = await openLive([code('final_answer(42)')]);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, model } = opened;

  await page.getByText('Send traces to Phoenix').click();
  await page.locator('#phoenix-url').fill(collector.url);
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByText('Stop sending').waitFor();
  await run(page);
  await chip(page, 'Answered').waitFor();
  await page.getByText(/^[1-9]\d* of \d+ spans delivered/).waitFor();
  await page.getByText('The code of such a run').click();

  const kept = await page.evaluate(async () => {
    const databases = await indexedDB.databases();
    const stored = [{ ...localStorage }, { ...sessionStorage }, document.cookie, databases];
    return JSON.stringify([stored, location.href, document.documentElement.outerHTML]);
  });
  const sent = collector.requests.map(({ body }) => new TextDecoder().decode(body)).join('');
  expect(model.requests[0]?.key).toBe(`Bearer ${KEY}`);
  expect(collector.requests.length).toBeGreaterThan(0);
  expect(kept + sent).not.toContain(KEY);
});

test('Stop ends the run and hangs up on the model', async () => {
  const opened = await openLive([{ hangsAfter: 'Thought: I think for a very long time' }]);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, model, problems } = opened;

  await run(page);
  await page.getByText('I think for a very').first().waitFor();
  await page.getByRole('button', { name: 'Stop' }).click();
  await model.hungUp;

  await chip(page, 'Stopped: you').waitFor();
  expect(await page.locator('#problem').isVisible()).toBe(false);
  expect(await page.locator('#run').isEnabled()).toBe(true);
  expect(problems).toEqual([]);
});

test('a person allows one call with other arguments and refuses the next', async () => {
  const visited: string[] = [];
  const opened = await openLive(
    [
      call('visit_webpage', { url: 'https://a.example/' }),
      call('visit_webpage', { url: 'https://b.example/' }),
      call('final_answer', { answer: 'done' }),
    ],
    { agent: 'tool-calling', tools: ['Ask before each call'], others: visit },
  );
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, model, problems } = opened;

  await run(page);
  await page.getByText('wants to call visit_webpage').waitFor();
  await page.getByLabel('Arguments').fill('{"url": "https://c.example/"}');
  await page.getByRole('button', { name: 'Allow' }).click();
  await expect
    .poll(() =>
      page
        .getByLabel('Arguments')
        .inputValue()
        .catch(() => ''),
    )
    .toContain('b.example');
  await page.getByLabel('because').fill('not that one');
  await page.getByRole('button', { name: 'Refuse' }).click();
  await chip(page, 'Answered').waitFor();

  expect(visited).toEqual(['https://c.example/']);
  expect(JSON.stringify(model.requests[1]?.body.messages)).toContain('It says 7.');
  expect(JSON.stringify(model.requests[2]?.body.messages)).toContain('not that one');
  expect(problems).toEqual([]);

  function visit({ url = '' }: IncomingMessage, response: ServerResponse): void {
    const asked = new URL(url, 'http://page.example').searchParams.get('url');
    if (asked !== null) visited.push(asked);
    response.writeHead(200, { 'content-type': 'text/markdown' }).end('It says 7.');
  }
});

test('the agent asks the person, who answers', async () => {
  const opened = await openLive(
    [code('final_answer(await user_input({ question: "Which city?" }))'), code('final_answer("unused")')],
    { tools: ['Ask me'] },
  );
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page } = opened;

  await run(page);
  await page.getByLabel('Which city?').fill('Oslo <b>');
  await page.getByRole('button', { name: 'Answer' }).click();

  await chip(page, 'Answered').waitFor();
  expect(await page.locator('[role=tabpanel]:not([hidden]) .answer').textContent()).toBe('Oslo <b>');
});

test.each<[string, readonly Reply[], LiveOptions, RegExp]>([
  ['a key that is refused', [{ status: 401, message: 'no' }], {}, /refused the key\. Paste another one/],
  ['a quota that is used up', Array(4).fill({ status: 429, message: 'no' }), {}, /the quota is used up/],
  [
    'a model that takes no tools',
    [{ status: 400, message: 'tools are not supported' }],
    { agent: 'tool-calling' },
    /Choose the agent that writes code/,
  ],
  [
    'a server that breaks off each reply',
    Array(4).fill({ breaksAfter: 'Thought: I th' }),
    {},
    /broke off in the middle of a reply\. Look at what the server says/,
  ],
  ['a server that lets no page read it', [], { cors: false }, /lets no page of http:\S+ read it \(CORS\)/],
])('%s is said with the next thing to do', async (_, replies, settings, words) => {
  const opened = await openLive(replies, settings);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page } = opened;

  await run(page);

  await expect.poll(() => page.locator('#problem').textContent()).toMatch(words);
});

test('offline, and with no server at all, the page says which of the two it is', async () => {
  const opened = await openLive([]);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, model } = opened;
  await model[Symbol.asyncDispose]();
  const problem = () => page.locator('#problem').textContent();

  await run(page);
  await expect.poll(problem).toMatch(/does not answer\. Is it running/);
  await page.getByLabel('Address').first().fill('https://models.example/v1');
  await page.context().setOffline(true);
  await run(page);
  await expect.poll(problem).toMatch(/This browser is offline/);
});

test('what is wanted while a run is under way is refused, and changes nothing', async () => {
  const opened = await openLive([{ hangsAfter: 'Thought: I think' }]);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, problems } = opened;

  await run(page);
  await page.keyboard.press('Control+Enter');
  await page.getByText('A run is under way.').waitFor();
  await page.getByRole('radio', { name: 'Recorded run' }).check();
  await page.locator('#run').dispatchEvent('click');
  await page.locator('#step').click();

  expect(await page.getByRole('tab').count()).toBe(2);
  await page.getByRole('tab').nth(1).click();
  await chip(page, 'Running').waitFor();
  expect(problems).toEqual([]);
});

test('a file dropped onto a run that goes on opens beside it', async () => {
  const opened = await openLive([code('console.log(1)'), code('final_answer(2)')]);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, model } = opened;
  const recording = await (await fetch(`${opened.origin}/page/gdp.run.json`)).text();

  await page.locator('#run').click();
  await page.getByRole('tab').nth(1).waitFor();
  await dropFile(page.locator('agent-trace').nth(1), recording, 'other.run.json');
  await expect.poll(() => model.requests.length).toBe(2);

  await page.locator('#stop').waitFor({ state: 'hidden' });
  expect(await page.locator('[role=tabpanel]:not([hidden]) .answer').textContent()).toBe('25.1');
  await page.getByRole('tab', { name: 'What is 6 times 7?' }).click();
  expect(await page.locator('[role=tabpanel]:not([hidden]) .answer').textContent()).toBe('2');
});

test("a wrong setting is said by its name, and one that is not shown stands in nobody's way", async () => {
  const opened = await openLive([]);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page } = opened;

  await page.getByLabel('Steps').fill('0.5');
  await page.getByText('Agent, tools and limits').click();
  await page.locator('#run').click();
  await expect.poll(() => page.locator('#problem').textContent()).toMatch(/^Change this field, .*Steps: /);
  expect(await page.locator('#max-steps').isVisible()).toBe(true);
  await page.getByLabel('Steps').fill('5');
  await page.getByLabel('Address').first().fill('not an address');
  await page.locator('#run').click();
  await expect.poll(() => page.locator('#problem').textContent()).toMatch(/Address: /);
  expect(await page.getByRole('tab').count()).toBe(1);
  await page.getByRole('radio', { name: 'Recorded run' }).check();
  await page.locator('#run').evaluate((button: HTMLElement) => {
    for (let press = 0; press < 2; press += 1) button.click();
  });

  await chip(page, 'Running').waitFor();
  expect(await page.locator('#problem').isVisible()).toBe(false);
});

test("the browser's own model is offered where there is one, and answers", async () => {
  const opened = await openDemo((await serveDemo()).origin);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, origin } = opened;
  const offeredBefore = await page.getByLabel('In this browser').isVisible();
  await page.addInitScript((reply) => {
    const stream = () =>
      new ReadableStream({
        start(controller) {
          for (const piece of reply.match(/.{1,9}/gs) ?? []) controller.enqueue(piece);
          controller.close();
        },
      });
    const session = { promptStreaming: stream, destroy: () => {} };
    Object.assign(globalThis, {
      LanguageModel: { availability: async () => 'available', create: async () => session },
    });
  }, code('final_answer("from the browser")'));
  await page.goto(`${origin}/?again`);

  await page.getByLabel('In this browser').check();
  await page.getByText('Agent, tools and limits').click();
  await page.locator('#agent').selectOption('code');
  await run(page);

  await chip(page, 'Answered').waitFor();
  expect(offeredBefore).toBe(false);
  expect(await page.locator('[role=tabpanel]:not([hidden]) .answer').textContent()).toBe('from the browser');
});
