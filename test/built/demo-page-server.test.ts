import type { Page } from 'playwright';
import { expect, test } from 'vitest';
import type { AgentWorkerOptions } from '../../src/worker/worker-options';
import { startCollector } from '../fakes/collector';
import { openDemo, serveDemo } from '../fakes/demo-page';
import { hostedWorker } from '../fakes/hosted-worker';
import { chip, chooseEndpoint, code, KEY, run } from '../fakes/live-demo';
import { startModelServer } from '../fakes/model-server';
import { answeredBy } from '../fakes/served-worker';

const TOKEN = 'token-of-this-worker';
const ofServer = (page: Page) => page.getByLabel('The model of this server');

/** The page as a worker serves it, and what that was asked. */
async function openAt(options: Partial<AgentWorkerOptions<object>>) {
  const asked: Request[] = [];
  const opened = await openDemo((await serveDemo(answeredBy(hostedWorker(options), asked))).origin);
  return opened && { ...opened, requests: asked };
}

test('where the server serves files only, its model cannot be chosen and the page says why, also after a reload', async () => {
  const opened = await openDemo((await serveDemo()).origin);
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, problems } = opened;
  await page.evaluate(() => {
    sessionStorage.setItem('smolagents-web choices', JSON.stringify({ 'worker-source': true }));
  });

  await page.reload();
  await expect.poll(() => ofServer(page).isDisabled()).toBe(true);
  await page.getByLabel('An endpoint of yours').check();

  expect(await page.locator('#worker-why').textContent()).toBe('(it serves files only)');
  expect(await page.locator('#server-hint').textContent()).toMatch(/npm start.*they fail here/);
  expect(await page.locator('#worker-token').isVisible()).toBe(false);
  expect(problems).toEqual([]);
});

test('a server without a model says so beside the choice, and Run begins nothing', async () => {
  const opened = await openAt({ model: () => undefined });
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, requests, problems } = opened;

  await page.getByText('(none is set)').waitFor();
  await ofServer(page).check();
  await page.locator('#run').click();

  await expect.poll(() => page.locator('#problem').textContent()).toMatch(/^Start it with HF_TOKEN, or with MODEL_E/);
  expect(await page.locator('#hosted-id').isEnabled()).toBe(true); // its runs and traces can be opened all the same
  expect(await page.getByRole('tab').count()).toBe(1);
  expect(requests.map(({ url }) => new URL(url).pathname)).toEqual(['/health']);
  expect(problems).toEqual([]);
});

test('a server with a model is offered, and one that does not answer is not called incapable', async () => {
  const opened = await openAt({});
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, requests } = opened;
  await expect.poll(() => requests.length).toBe(1);

  await ofServer(page).check();
  await page.route('**/health', (route) => route.abort());
  await page.reload();
  await chip(page, 'Answered').waitFor();

  expect(await ofServer(page).isChecked()).toBe(true);
  expect(await page.locator('#worker-why').textContent()).toBe('');
  expect(await page.locator('#server-hint').textContent()).toBe('');
});

test("the server's token goes with the page's web tools to the server, and nowhere else", async () => {
  await using collector = await startCollector();
  await using model = await startModelServer([
    code('const page = await visit_webpage({ url: "https://a.example/" }); console.log(page)'),
    code('final_answer("seen")'),
  ]);
  const opened = await openAt({ auth: { token: TOKEN }, web: true, fetch: async () => new Response('It says 7.') });
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, requests, problems } = opened;
  await chooseEndpoint(page, model.url, 'code');
  await page.getByLabel('Key, if it wants one').fill(KEY);

  await page.getByLabel('Token of this server').fill(TOKEN);
  await page.getByText('Send traces to Phoenix').click();
  await page.locator('#phoenix-url').fill(collector.url);
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.getByText('0 of 0 spans delivered').waitFor();
  await run(page);
  await chip(page, 'Answered').waitFor();
  await page.getByText(/^[1-9]\d* of \d+ spans delivered/).waitFor();

  const visits = requests.filter(({ url }) => new URL(url).pathname === '/visit');
  expect(visits.map(({ headers }) => headers.get('authorization'))).toEqual([`Bearer ${TOKEN}`]);
  expect(JSON.stringify(model.requests[1]?.body.messages)).toContain('It says 7.');
  const spans = collector.requests.map(({ headers, spans }) => ({ headers, spans }));
  const elsewhere = JSON.stringify([model.requests, spans], (_, value) =>
    typeof value === 'bigint' ? `${value}` : value,
  );
  expect(elsewhere).toContain('It says 7.');
  expect(elsewhere).not.toContain(TOKEN);
  const kept = await page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }, location.href]));
  expect(kept).not.toContain(TOKEN);
  expect(requests.some(({ headers }) => JSON.stringify([...headers]).includes(KEY))).toBe(false);
  expect(problems).toEqual([]);
});

test('the key of an endpoint is not sent to the server whose run is opened', async () => {
  const opened = await openAt({ auth: { token: TOKEN } });
  if (!opened) return expect(process.env.CI).toBeUndefined();
  const { page, requests } = opened;
  await chooseEndpoint(page, 'http://127.0.0.1:9/v1', 'code');
  await page.getByLabel('Key, if it wants one').fill(KEY);

  await page.evaluate(() => {
    location.hash = '#trace=00000000000000000000000000000001';
  });
  await expect.poll(() => page.locator('#problem').textContent()).toMatch(/This server wants its token/);

  expect(requests.at(-1)?.url).toContain('/traces/');
  expect(requests.some(({ headers }) => JSON.stringify([...headers]).includes(KEY))).toBe(false);
});
