import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { integrityOf } from '../../scripts/script-tag.mjs';
import { root } from '../../scripts/steps.mjs';
import type { AppFiles } from '../fakes/app-bundle';
import { startCollector } from '../fakes/collector';
import { nameTree } from '../fakes/name-tree';
import { programTree } from '../fakes/program-tree';
import { PROGRAM_SCRIPT, servePublic } from '../fakes/public-server';
import { filesOf } from '../fakes/served-folder';
import { answerPublicly, openBrowser } from '../fakes/web-runtimes';

const FIRST = '/dist/smolagents-web.browser.js';
const page = await readFile(join(root, 'demo/script-tag.html'), 'utf8');
const program = await readFile(join(root, 'test/program/design-program.ts'), 'utf8');
const files: AppFiles = {
  ...filesOf(join(root, 'dist'), '/dist/'),
  '/demo/script-tag.html': { type: 'text/html', body: page },
};

test('the page is twenty lines, and its program is that of the design but for the import, the token, and that the answer or the error is shown', () => {
  const withoutImports = program.slice(program.indexOf('const tracerProvider'));
  const scripted = page
    .slice(page.indexOf('const tracerProvider'), page.indexOf("document.querySelector('#answer')"))
    .replace(/\{ token: prompt\([^)]*\) \}/, '')
    .replace('const answer = ', '')
    .replace('.catch((error) => error.message)', '');

  expect(page.trimEnd().split('\n').length).toBeLessThanOrEqual(20);
  expect(scripted.replaceAll(/\s+/g, ' ').trim()).toBe(withoutImports.replaceAll(/\s+/g, ' ').trim());
});

test('the program in one HTML file answers and leaves its trace, from a server of files', async () => {
  await using collector = await startCollector();
  await using server = await servePublic({ script: PROGRAM_SCRIPT, files });
  const opened = await open(server.origin, [`MAP localhost:6006 ${new URL(collector.origin).host}`]);
  if (!opened) return expect(process.env.CI).toBeUndefined();

  await opened.page.goto(`${server.origin}/demo/script-tag.html`);
  await opened.page.waitForFunction(() => document.querySelector('#answer')?.textContent === '25.1');

  await collector.received(programTree('GET').length);
  expect(nameTree(collector.requests.flatMap(({ spans }) => spans))).toEqual(programTree('GET'));
  expect(opened.problems).toEqual([]);
  expect(opened.page.workers().map((worker) => new URL(worker.url()).pathname)).toEqual([
    '/dist/browser/sandbox-worker.js',
  ]);
});

test('the first file is at most 60 KB, and the agent, the engine and the client of Hugging Face are not in it', async () => {
  const first = files[FIRST]?.body ?? '';
  const at = (pattern: RegExp) => Array.from(String(first).matchAll(pattern), ([, name = '']) => name);

  expect(gzipSync(first, { level: 9 }).length).toBeLessThanOrEqual(60_000);
  expect(at(/\bfrom"\.\/browser\/(.+?)-[\w-]{8}\.js"/g)).toEqual(['rolldown-runtime']); // one function, without which nothing loads
  expect(at(/\bimport\(`\.\/browser\/(.+?)-[\w-]{8}\.js`\)/g)).toEqual(
    expect.arrayContaining(['execute', 'code-actor', 'hf-api', 'web-worker']),
  );
});

test('a page that names the hashes runs, and refuses the first file or a lazy one that was changed', async () => {
  const map = await readFile(join(root, 'dist/smolagents-web.browser.integrity.json'), 'utf8');
  const { integrity } = JSON.parse(map) as { integrity: Record<string, string> };
  const hashed = {
    type: 'text/html',
    body: page.replace('<script', `<script type="importmap">${map}</script>\n<script`).replace('../dist/', './dist/'),
  };
  const lazy = Object.keys(integrity).find((path) => path.includes('/execute-')) ?? '';
  const at = (path: string) => path.replace(/^\./, '');

  expect(integrity['./dist/smolagents-web.browser.js']).toBe(integrityOf(Buffer.from(files[FIRST]?.body ?? '')));
  expect(await outcome({ ...files, '/': hashed })).toBe('25.1');
  for (const path of [FIRST, at(lazy)]) {
    const changed = { type: 'text/javascript', body: `${files[path]?.body}\n// changed` };
    expect(await outcome({ ...files, '/': hashed, [path]: changed })).toMatch(/integrity|could not be loaded/);
  }
});

/** What the page at `/` shows as its answer, or the first thing that went wrong. */
async function outcome(served: AppFiles): Promise<string> {
  await using collector = await startCollector();
  await using server = await servePublic({ script: PROGRAM_SCRIPT, files: served });
  const opened = await open(server.origin, [`MAP localhost:6006 ${new URL(collector.origin).host}`]);
  if (!opened) throw new Error('there is no browser');
  await opened.page.goto(server.origin);
  const { page: shown, problems } = opened;
  await expect.poll(async () => (await shown.textContent('#answer')) === '25.1' || problems.length > 0).toBe(true);
  return problems[0] ?? (await shown.textContent('#answer')) ?? '';
}

async function open(server: string, rules: string[]) {
  const browser = await openBrowser(rules);
  if (!browser) return undefined;
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (/integrity|smolagents-web/.test(message.text())) problems.push(message.text());
  });
  page.on('dialog', (dialog) => dialog.accept('hf_test'));
  await answerPublicly(page, server);
  return { page, problems };
}
