import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import { startHub } from '../fakes/authorization-server';
import { openDemo, serveDemo } from '../fakes/demo-page';

const hint = (page: Page) => page.locator('#sign-in-hint').textContent();

async function openHub(given: { refusal?: string; isAsking?: boolean; isApart?: boolean } = {}) {
  const reply = 'Thought: done.\n<code>\nfinal_answer(7)\n</code>';
  const server = await startHub({ reply, ...given });
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
  const opened = await openHub({ refusal: 'You are not of this house.' });
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, server } = opened;

  await page.evaluate(() => {
    const channel = new BroadcastChannel('smolagents-web-sign-in');
    const forge = () => channel.postMessage({ code: 'stolen', state: 'another', error: null });
    document.querySelector('#sign-in')?.addEventListener('click', () => setTimeout(forge, 0));
  });
  await page.getByRole('button', { name: 'Sign in' }).click();

  await page
    .getByText('Hugging Face did not let you in: You are not of this house. Press Sign in again, or paste a token.', {
      exact: true,
    })
    .waitFor();
  expect(server.asked.map(({ pathname }) => pathname)).toEqual(['/oauth/authorize']);
});

test('a window that the visitor closes is noticed, and the next press signs in', async () => {
  const opened = await openHub({ isAsking: true });
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, server, problems } = opened;
  const signIn = page.getByRole('button', { name: 'Sign in' });

  const [window] = await Promise.all([page.waitForEvent('popup'), signIn.click()]);
  await window.getByText('Who are you?').waitFor();
  const before = await hint(page);
  await window.close();
  await page.getByText('That window was closed').waitFor();
  const after = await hint(page);
  await signIn.click();
  await page.getByText('Signed in.').waitFor();

  expect(before).toBe('Sign in in the window that has opened.');
  expect(after).toMatch(/If it is open, go on there; if not, press Sign in again\.$/);
  expect(await page.locator('#hub-token').inputValue()).toBe(server.token);
  expect(server.asked.map(({ pathname }) => pathname)).toEqual([
    '/oauth/authorize',
    '/oauth/authorize',
    '/oauth/token',
  ]);
  expect(problems).toEqual([]);
});

test('a window that cuts itself off from the page is not called closed, and signs in', async () => {
  const opened = await openHub({ isAsking: true, isApart: true });
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, server, problems } = opened;

  const [window] = await Promise.all([
    page.waitForEvent('popup'),
    page.getByRole('button', { name: 'Sign in' }).click(),
  ]);
  await page.getByText('or Hugging Face keeps it apart from this page. If it is open, go on there').waitFor();
  await window.getByText('Let it in').click();
  await page.getByText('Signed in.').waitFor();

  expect(await page.locator('#hub-token').inputValue()).toBe(server.token);
  expect(problems).toEqual([]);
});

test('a second press closes the window of the first, whose answer is not taken any more', async () => {
  const opened = await openHub({ isAsking: true });
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, server, problems } = opened;
  const signIn = page.getByRole('button', { name: 'Sign in' });
  const [window] = await Promise.all([page.waitForEvent('popup'), signIn.click()]);
  await window.getByText('Who are you?').waitFor();

  const closed = window.waitForEvent('close');
  await signIn.click();
  await page.getByText('Signed in.').waitFor();
  await closed;
  await page.evaluate(
    (returned) => {
      const channel = new BroadcastChannel('smolagents-web-sign-in');
      channel.postMessage(returned);
    },
    { code: 'code-9', state: server.asked[0]?.searchParams.get('state'), error: null, reason: null },
  );
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))));

  expect(await hint(page)).toMatch(/^Signed in\./);
  expect(await page.locator('#hub-token').inputValue()).toBe(server.token);
  expect(problems).toEqual([]);
});

test('an answer of another sign-in is said to be one while the own window is waited for', async () => {
  const opened = await openHub({ isAsking: true });
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, server } = opened;
  const [window] = await Promise.all([
    page.waitForEvent('popup'),
    page.getByRole('button', { name: 'Sign in' }).click(),
  ]);
  await window.getByText('Who are you?').waitFor();

  await page.evaluate(() => {
    new BroadcastChannel('smolagents-web-sign-in').postMessage({ code: 'stolen', state: 'another', error: null });
  });
  await page.getByText(/^A sign-in came back that is not the last one of this page.+ press Sign in again\.$/).waitFor();
  await window.getByText('Let it in').click();
  await page.getByText('Signed in.').waitFor();

  expect(await page.locator('#hub-token').inputValue()).toBe(server.token);
});

test('a code that brings no token is said with what to do next', async () => {
  const opened = await openHub();
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page } = opened;
  const press = () => page.getByRole('button', { name: 'Sign in' }).click();
  const body = { error: 'invalid_grant', error_description: 'The code has expired.' };

  await page.route('**/oauth/token', (route) => route.abort());
  await press();
  await page.getByText(/did not answer\. Look at your connection, and press Sign in again\.$/).waitFor();
  await page.route('**/oauth/token', (route) =>
    route.fulfill({ status: 400, json: body, headers: { 'access-control-allow-origin': '*' } }),
  );
  await press();

  await page
    .getByText('Hugging Face gave no token: The code has expired. Press Sign in again, or paste a token.')
    .waitFor();
  await page.route('**/oauth/token', (route) =>
    route.fulfill({ status: 401, json: { error: 'invalid_client' }, headers: { 'access-control-allow-origin': '*' } }),
  );
  await press();
  await page
    .getByText('no token: invalid_client. Check the client id: its app must be one without a secret.')
    .waitFor();
  await page.route('**/oauth/token', (route) =>
    route.fulfill({ status: 404, body: 'Not here', headers: { 'access-control-allow-origin': '*' } }),
  );
  await press();
  await page.getByText('no token: it answered 404. Press Sign in again, or paste a token.').waitFor();
  expect(await page.locator('#hub-token').inputValue()).toBe('');
});

test('without a client id the page says how to come by one', async () => {
  const opened = await openHub();
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, origin } = opened;

  await page.getByLabel("or an OAuth app's client id").fill('');
  await page.getByRole('button', { name: 'Sign in' }).click();

  await page.getByText(`the redirect address ${origin}/signed-in.html`).waitFor();
});
