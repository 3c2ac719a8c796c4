import { expect, test } from 'vitest';
import { startHub } from '../fakes/authorization-server';
import { openDemo, serveDemo } from '../fakes/demo-page';

async function openHub(refusal?: string) {
  const reply = 'Thought: done.\n<code>\nfinal_answer(7)\n</code>';
  const server = await startHub({ reply, ...(refusal !== undefined && { refusal }) });
  const options = { rules: server.rules, ignoreHTTPSErrors: true }; // its certificate is its own
  const opened = await openDemo((await serveDemo()).origin, options);
  if (!opened) return undefined;
  const { page } = opened;
  await page.getByLabel('Hugging Face').check();
  await page.getByLabel("or an OAuth app's client id").fill('app-1');
  return { ...opened, server };
}

test('signing in brings a token, which the next run sends to Hugging Face', async () => {
  const opened = await openHub();
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, server, origin, problems } = opened;
  await page.locator('#task').fill('What is 3 + 4?');

  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('Signed in.').waitFor();
  await page.locator('#run').click();
  await page.getByRole('tab').nth(1).waitFor();
  await page.locator('[role=tabpanel]:not([hidden]) .chip', { hasText: 'Answered' }).waitFor();

  expect(server.asked.map(({ pathname }) => pathname)).toEqual(['/oauth/authorize', '/oauth/token']);
  expect(server.asked[0]?.searchParams.get('redirect_uri')).toBe(`${origin}/signed-in.html`);
  expect(server.keys[0]).toBe(`Bearer ${server.token}`);
  expect(await page.locator('#task').inputValue()).toBe('What is 3 + 4?');
  expect(
    await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href])),
  ).not.toContain('hf_oauth');
  expect(problems).toEqual([]);
});

test('a refusal is said, and a code of another sign-in is not taken', async () => {
  const opened = await openHub('access_denied');
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, server } = opened;

  await page.evaluate(() => {
    const channel = new BroadcastChannel('smolagents-web-sign-in');
    const forge = () => channel.postMessage({ code: 'stolen', state: 'another', error: null });
    document.querySelector('#sign-in')?.addEventListener('click', () => setTimeout(forge, 0));
  });
  await page.getByRole('button', { name: 'Sign in' }).click();

  await page.getByText('Hugging Face did not let you in: access_denied.').waitFor();
  expect(server.asked.map(({ pathname }) => pathname)).toEqual(['/oauth/authorize']);
});

test('without a client id the page says how to come by one', async () => {
  const opened = await openHub();
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, origin } = opened;

  await page.getByLabel("or an OAuth app's client id").fill('');
  await page.getByRole('button', { name: 'Sign in' }).click();

  await page.getByText(`the redirect address ${origin}/signed-in.html`).waitFor();
});
