import { expect, test } from 'vitest';
import { openDemo, serveDemo } from '../fakes/demo-page';
import { chip, code, run } from '../fakes/live-demo';

test("the browser's own model says how much of it is fetched, and when it is gone what to choose", async () => {
  const opened = await openDemo((await serveDemo()).origin);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, origin, problems } = opened;
  await page.addInitScript((reply) => {
    let finish = () => {};
    const fetched = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const stream = () =>
      new ReadableStream({
        start(controller) {
          controller.enqueue(reply);
          controller.close();
        },
      });
    const model = {
      state: 'downloadable',
      finish,
      availability: async () => model.state,
      create: async ({ monitor }: { monitor(target: EventTarget): void }) => {
        const target = new EventTarget();
        monitor(target);
        target.dispatchEvent(new ProgressEvent('downloadprogress', { loaded: 0.37, total: 1 }));
        await fetched;
        return { promptStreaming: stream, destroy: () => {} };
      },
    };
    Object.assign(globalThis, { LanguageModel: model });
  }, code('final_answer("here")'));
  await page.goto(`${origin}/?again`);
  await page.getByLabel('In this browser').check();
  await page.getByText('Agent, tools and limits').click();
  await page.locator('#agent').selectOption('code');
  await page.getByText('The code of such a run').click();

  await run(page);
  await expect.poll(() => page.locator('#status').textContent()).toBe('The browser fetches its model first: 30 %');
  await page.evaluate(() => Object(globalThis).LanguageModel.finish());
  await chip(page, 'Answered').waitFor();
  const status = await page.locator('#status').textContent();
  await page.evaluate(() => {
    Object(globalThis).LanguageModel.state = 'unavailable';
  });
  await page.locator('#run').click();

  await expect
    .poll(() => page.locator('#problem').textContent())
    .toMatch(/^This browser has no model of its own.+Choose another model/);
  expect(status).toBe('');
  expect(await page.locator('#program').textContent()).toMatch(
    /from '\.\/browser-model'.*const model = browserModel\(\);/s,
  );
  expect(await page.locator('#program').textContent()).not.toContain('HfApiModel');
  expect(problems).toEqual([]);
});
