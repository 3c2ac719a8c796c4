import { expect, test } from 'vitest';
import { startCollector } from '../fakes/collector';
import { openDemo, serveDemo } from '../fakes/demo-page';
import { code, openLive, run } from '../fakes/live-demo';

test('an address that takes no traces is told from one where nobody is, and another one is gone on with', async () => {
  await using refusing = await startCollector();
  await using other = await startCollector();
  refusing.answer(() => ({ status: 404 }));
  const opened = await openLive([code('final_answer(1)'), code('final_answer(2)'), code('final_answer(3)')]);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page } = opened;
  const counters = page.locator('#counters');
  const send = page.locator('#send');

  await page.getByText('Send traces to Phoenix').click();
  await page.locator('#phoenix-url').fill(refusing.url);
  await send.click();
  await run(page);
  await page.getByText(/takes traces \(status 404\)/).waitFor();
  await page.locator('#phoenix-url').fill(other.url);
  await page.getByRole('button', { name: 'Send there' }).click();
  await page.getByText('0 of 0 spans delivered').waitFor();
  await run(page);
  await page.getByText(/^[1-9]\d* of \d+ spans delivered/).waitFor();
  await other.close();
  await page.locator('#phoenix-url').fill(other.url.replace(other.origin, 'http://127.0.0.1:9'));
  await page.getByRole('button', { name: 'Send there' }).click();
  await page.getByText('0 of 0 spans delivered').waitFor();
  await run(page);
  await page.getByText(/Nothing arrives: is Phoenix running/).waitFor();
  await send.click();
  await page.getByRole('button', { name: 'Send', exact: true }).waitFor();

  expect(await send.isEnabled()).toBe(true);
  expect(await counters.textContent()).toContain('0 waiting');
});

test('Phoenix is sent to by http alone', async () => {
  const opened = await openDemo((await serveDemo()).origin);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page } = opened;

  await page.getByText('Send traces to Phoenix').click();
  await page.locator('#phoenix-url').fill('ftp://a/b');
  await page.locator('#send').click();

  expect(await page.locator('#phoenix-url').evaluate((field: HTMLInputElement) => field.validity.valid)).toBe(false);
  expect(await page.locator('#send').textContent()).toBe('Send');
});
