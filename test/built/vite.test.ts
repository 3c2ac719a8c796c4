import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { root, run } from '../../scripts/steps.mjs';
import { servePages } from '../fakes/page-server';
import { openBrowser } from '../fakes/web-runtimes';

const browser = await openBrowser(); // where it is missing, `npm test` says so and fails in CI
afterAll(() => browser?.close());

const APP = join(root, 'node_modules/.cache/vite-app');
const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";
const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.wasm': 'application/wasm' };
const MAIN = `
import { CodeAgent } from 'smolagents-web';
import { code, scriptedModel } from 'smolagents-web/testing';
const agent = new CodeAgent({ model: scriptedModel(code('while (true) {}'), code('final_answer(6 * 7)')), stepTimeoutMs: 2_000 });
agent.run('Compute.').then((answer) => { document.title = String(answer) }, (error) => { document.title = error.message });
`;

/** An app on the built package, built by Vite (which comes with vitest) without a line of configuration. */
async function buildApp(): Promise<ReadonlyMap<string, Buffer>> {
  rmSync(APP, { recursive: true, force: true });
  mkdirSync(join(APP, 'node_modules'), { recursive: true });
  symlinkSync(root, join(APP, 'node_modules/smolagents-web'), 'dir');
  writeFileSync(join(APP, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(APP, 'index.html'), '<!doctype html><script type="module" src="/main.js"></script>');
  writeFileSync(join(APP, 'main.js'), MAIN);
  const { status, output } = await run(`vite build "${APP}" --logLevel error`);
  if (status !== 0) throw new Error(output);
  const folder = join(APP, 'dist');
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => extname(path) in TYPES);
  return new Map(paths.map((path) => [`/${path.replaceAll('\\', '/')}`, readFileSync(join(folder, path))]));
}

test.skipIf(!browser)('an app that Vite built runs code in a worker, under a strict policy', async () => {
  const files = await buildApp();
  const server = await servePages(({ url = '' }, response) => {
    const path = url === '/' ? '/index.html' : url;
    const body = files.get(path);
    const headers = { 'content-type': TYPES[extname(path)] ?? '', 'content-security-policy': POLICY };
    response.writeHead(body ? 200 : 404, headers).end(body);
  });
  const page = await browser?.newPage();
  const warnings: string[] = [];
  page?.on('console', (message) => warnings.push(message.text()));
  await page?.goto(server.origin);

  await page?.waitForFunction(() => document.title !== '');

  expect(await page?.title()).toBe('42');
  expect(page?.workers().map((worker) => worker.url())).toEqual([expect.stringContaining('/assets/sandbox-worker-')]);
  expect(warnings.filter((text) => !text.includes('favicon'))).toEqual([]);
  await page?.close();
  await server.close();
});
