import { expect, test } from 'vitest';
import { chip, code, openLive, run } from '../fakes/live-demo';
import type { Reply } from '../fakes/model-server';

test('a failed run says what failed before any click, and shows the call and its message after one', async () => {
  const opened = await openLive([code('missing_function()'), code('final_answer("done")')]);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page } = opened;

  await run(page);
  await chip(page, 'Answered after 1 error').waitFor();
  const sentence = page.locator('[role=tabpanel]:not([hidden]) .error-button');
  expect(await sentence.textContent()).toContain('missing_function is not defined');
  await sentence.click();

  const details = page.locator('[role=tabpanel]:not([hidden]) [part=details]');
  expect(await details.textContent()).toContain('missing_function is not defined');
  expect(await details.locator('pre').first().textContent()).toContain('missing_function');
});

test.each<[string, readonly Reply[], string]>([
  ['refuses the key', [{ status: 401, message: 'key 7 is revoked' }], 'key 7 is revoked'],
  [
    'breaks down after a step',
    [code('let n = 6'), ...Array(4).fill({ status: 500, message: 'disk 9 full' })],
    'disk 9 full',
  ],
])(
  'a run that fails outright because its model %s leads to the failing call and its message in two clicks at most',
  async (_, replies, message) => {
    const opened = await openLive(replies);
    if (!opened) return expect(process.env.CI).toBeUndefined();
    const { page } = opened;
    let clicks = 0;
    const front = page.locator('[role=tabpanel]:not([hidden])');
    await run(page);
    await chip(page, 'Failed').waitFor();

    const sentence = front.locator('.error-button');
    const before = await sentence.textContent();
    for (; clicks < 2 && !(await failingCallIsShown()); clicks += 1) await sentence.click();

    expect(before).toContain(message);
    expect(await failingCallIsShown()).toBe(true);

    async function failingCallIsShown(): Promise<boolean> {
      const row = await front.locator('[aria-selected=true]').textContent();
      const details = await front.locator('[part=details]').textContent();
      return /^\d+ model → failed/.test(row ?? '') && (details ?? '').includes(message);
    }
  },
);
