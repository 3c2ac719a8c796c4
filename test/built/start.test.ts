import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root } from '../../scripts/steps.mjs';
import { startModelServer } from '../fakes/model-server';
import { openBrowser } from '../fakes/web-runtimes';

const browser = await openBrowser();
const code = (javascript: string) => `Thought: one step on.\n<code>\n${javascript}\n</code>`;
let clone: string;
let server: Awaited<ReturnType<typeof started>>;

beforeAll(async () => {
  clone = await cloned();
  server = await started(clone);
}, 180_000);
afterAll(async () => {
  await Promise.all([browser?.close(), server?.[Symbol.asyncDispose]()]);
  await rm(clone, { recursive: true });
});

/** A copy of what git has, or would have: nothing is built in it, but the packages are there, since tests have no network. */
async function cloned(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'clone-'));
  const list = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  const { stdout } = await promisify(execFile)('git', list, { cwd: root, maxBuffer: 2 ** 24 });
  const files = stdout.split('\0').filter((file) => file !== '');
  await Promise.all(
    files.map((file) => cp(join(root, file), join(folder, file), { preserveTimestamps: true }).catch(ignoreDeleted)),
  );
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

function ignoreDeleted(error: { code?: string }): void {
  if (error.code !== 'ENOENT') throw error;
}

/** What `npm start` runs, up to the line with its address, or its end. */
async function started(folder: string, environment: Record<string, string> = {}) {
  const env = { ...process.env, HF_TOKEN: '', MODEL_ENDPOINT: '', PORT: '0', ...environment };
  const child = spawn(process.execPath, [join(folder, 'scripts', 'start.mjs')], { cwd: folder, env });
  const closed = once(child, 'close');
  let text = '';
  const address = new Promise<string>((resolve) => {
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        const [, found] = /is at (http:\S+) .*\n.+\n/.exec(text) ?? [];
        if (found) resolve(found);
      });
  });
  const origin = await Promise.race([address, closed.then(() => undefined)]);
  return {
    origin: origin ?? '',
    text: () => text,
    exitCode: () => child.exitCode,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGINT');
      await closed;
    },
  };
}

test('npm start sets itself up on a fresh clone, says its address and that it has no model', async () => {
  const health = await fetch(`${server.origin}/health`);

  expect(server.text()).toMatch(
    /^Building dist.*\nsmolagents-web is at http:\/\/127\.0\.0\.1:\d+ \(Ctrl-C ends it\)\n/,
  );
  expect(server.text()).toContain('It has no model, and shows the recorded run. Set HF_TOKEN');
  expect(await health.json()).toMatchObject({ name: 'smolagents-web', hasModel: false, wantsToken: false });
});

test.skipIf(!browser)('the page of npm start plays the recorded run to its answer, under its policy', async () => {
  const page = await browser?.newPage();
  const problems: string[] = [];
  page?.on('pageerror', (error) => problems.push(String(error)));
  page?.on('console', (message) => {
    if (message.text().includes('Content Security Policy')) problems.push(message.text());
  });
  const reply = await page?.goto(server.origin);

  await page?.getByLabel('Speed').selectOption('16');
  await page?.getByRole('button', { name: 'Play' }).click();
  await page?.locator('.chip[data-outcome=running]').waitFor();
  await page?.locator('.chip', { hasText: 'Answered' }).waitFor();

  expect(reply?.headers()['content-security-policy']).toMatch(
    /^default-src 'none'; script-src 'self' 'wasm-unsafe-eval'/,
  );
  expect(await page?.locator('.answer').first().textContent()).toBe('25.1');
  expect(problems).toEqual([]);
});

test.skipIf(!browser)('a run of the worker is shown, branched, asked on, and opened again by its address', async () => {
  await using model = await startModelServer([
    code('let n = 6; console.log(n)'),
    code('final_answer(n * 7)'),
    code('final_answer(n * 7)'),
    code('final_answer("asked on")'),
  ]);
  await using own = await started(root, { MODEL_ENDPOINT: model.url, MODEL_ID: 'scripted' });
  const page = await browser?.newPage();
  await page?.goto(own.origin);
  const panel = (name: string) => page?.getByRole('tabpanel', { name });

  await page?.getByLabel('The model of this server').check();
  await page?.locator('#task').fill('What is 6 times 7?');
  await page?.locator('#run').click();
  await panel('What is 6 times 7?')?.locator('.answer', { hasText: '42' }).waitFor();
  const address = page?.url() ?? '';
  await panel('What is 6 times 7?')?.getByRole('row').filter({ hasText: 'Step 1' }).first().click();
  await page?.getByRole('button', { name: 'Continue from here' }).click();
  await panel('What is 6 times 7?')?.locator('form select').selectOption({ label: 'Code' });
  await panel('What is 6 times 7?')?.locator('form textarea').fill('let n = 5; console.log(n)');
  await panel('What is 6 times 7?')?.locator('form button').click();
  await panel('Branch of What is 6 times 7? from step 1')?.locator('.answer', { hasText: '35' }).waitFor();
  await page?.getByLabel('Ask on, on the same memory').fill('Once more?');
  await page?.getByRole('button', { name: 'Ask', exact: true }).click();
  await panel('Once more?')?.locator('.answer', { hasText: 'asked on' }).waitFor();

  expect(address).toMatch(/#run=[\w-]+$/);
  const again = await browser?.newPage();
  await again?.goto(address);
  await again?.getByRole('tabpanel', { name: 'Run of this server' }).locator('.answer', { hasText: '42' }).waitFor();
});

test.skipIf(!browser)(
  'a trace and a run of the worker are opened by their ids in the form, and by an address',
  async () => {
    await using model = await startModelServer([code('final_answer(6 * 7)')]);
    await using own = await started(root, { MODEL_ENDPOINT: model.url, MODEL_ID: 'scripted' });
    const json = { 'content-type': 'application/json' };
    const init = {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ agent: 'manager', task: 'What is 6 times 7?' }),
    };
    const { runId } = Object(await (await fetch(`${own.origin}/runs`, init)).json());
    const told = async () => Object(await (await fetch(`${own.origin}/runs/${runId}`)).json());
    await expect.poll(async () => (await told()).state).toBe('success');
    const { traceId } = await told();
    const page = await browser?.newPage();
    await page?.goto(own.origin);
    const answer = (name: string) => page?.getByRole('tabpanel', { name }).locator('.answer', { hasText: '42' });

    await page?.getByLabel('The model of this server').check();
    await page?.getByLabel('Id of a run or a trace it has').fill(traceId);
    await page?.getByRole('button', { name: 'Open', exact: true }).first().click();
    await answer('Trace of this server')?.waitFor();
    await page?.getByLabel('Id of a run or a trace it has').fill(runId);
    await page?.getByRole('button', { name: 'Open', exact: true }).first().click();
    await answer('Run of this server')?.waitFor();
    const again = await browser?.newPage();
    await again?.goto(`${own.origin}/#trace=${traceId}`);
    await again?.locator('[role=tabpanel]:not([hidden]) .answer', { hasText: '42' }).waitFor();

    expect(await page?.getByRole('tab').count()).toBe(3);
  },
);

test.skipIf(!browser)('a trace that the worker does not have, and an id that is none, are said', async () => {
  const page = await browser?.newPage();
  await page?.goto(`${server.origin}/#trace=${'0'.repeat(31)}1`);
  const problem = () => page?.locator('#problem').textContent();

  await expect.poll(problem).toMatch(/This server has no such run/);
  await page?.getByLabel('The model of this server').check();
  await page?.getByLabel('Id of a run or a trace it has').fill('../../v1/traces');
  await page?.getByRole('button', { name: 'Open', exact: true }).first().click();
  expect(await page?.locator('#hosted-id').evaluate((field: HTMLInputElement) => field.validationMessage)).toMatch(
    /a trace one of 32/,
  );
  expect(await page?.getByRole('tab').allTextContents()).toEqual([expect.stringContaining('Recorded run')]); // none that is empty
});

test.skipIf(!browser)('without a model, and for a run that it does not have, the page says what to do', async () => {
  const page = await browser?.newPage();
  await page?.goto(`${server.origin}/#run=gone-by-now`);
  const problem = () => page?.locator('#problem').textContent();

  await expect.poll(problem).toMatch(/This server has no such run: it keeps runs for a day/);
  await page?.getByLabel('The model of this server').check();
  await page?.locator('#run').click();
  await expect.poll(problem).toMatch(/Start it with HF_TOKEN, or with MODEL_ENDPOINT/);
});

test('pages of other sites are not let in, also under a name that leads here', async () => {
  const statusOf = (headers: string[]) =>
    new Promise<string>((resolve) => {
      const socket = connect(Number(new URL(server.origin).port), '127.0.0.1', () =>
        socket.write(`GET /runs/x HTTP/1.1\r\n${headers.join('\r\n')}\r\nconnection: close\r\n\r\n`),
      );
      socket.setEncoding('utf8').once('data', (text: string) => resolve(text.slice(9, 12)));
    });
  const { host } = new URL(server.origin);

  const replies = await Promise.all([
    statusOf([`host: ${host}`]),
    statusOf([`host: ${host}`, 'origin: https://elsewhere.example']),
    statusOf([`host: ${host}`, 'sec-fetch-site: cross-site']),
    statusOf(['host: elsewhere.example', 'origin: http://elsewhere.example', 'sec-fetch-site: same-origin']),
  ]);

  expect(replies).toEqual(['404', '401', '401', '401']);
});

test('a port that is taken, and one that is none, are said plainly', async () => {
  const taking = createServer().listen(0, '127.0.0.1');
  await once(taking, 'listening');
  const { port } = taking.address() as AddressInfo;
  const [taken, none] = await Promise.all([started(root, { PORT: `${port}` }), started(root, { PORT: 'http' })]);
  taking.close();

  expect(taken.text()).toBe(
    `Port ${port} of 127.0.0.1 cannot be used: another program listens there. Choose another: PORT=8788 npm start\n`,
  );
  expect(none.text()).toBe('PORT is "http", must be a number from 0 (any that is free) to 65535\n');
  expect([taken.exitCode(), none.exitCode()]).toEqual([1, 1]);
});

test('a question that was not recorded ends with what to do', async () => {
  const run = await fetch(`${server.origin}/runs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ agent: 'recorded', task: 'How old is the Eiffel Tower?' }),
  });

  expect(await run.text()).toMatch(/"run-end","state":"error".*holds no answer to this; it is of the task/);
});
