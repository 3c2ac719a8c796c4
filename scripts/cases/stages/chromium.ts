import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';
import { chromium, type Page } from 'playwright';
import { findChromium } from '../../chromium.mjs';
import { root } from '../../steps.mjs';
import type { Verdict } from '../player';
import { pagesOfRuns } from './pages-of-runs';
import type { SentFile } from './play-here';
import { type Stage, StageError } from './stage';

export const CHROMIUM_ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'];
const LOAD_MS = 120_000;
const EXECUTORS = join(root, 'src/executors');

/** What `chromium-page.ts` puts on the page. */
interface PageGlobals {
  actor: { measure(): Promise<number>; playAll(sent: SentFile): Promise<Verdict[]> };
}

/** A page in a real Chromium: the players and the SDK's sources in one script, served on loopback. Throws a `StageError`. */
export async function openChromium(): Promise<Stage> {
  const executablePath = await findChromium();
  if (!executablePath) throw new StageError('there is no Chromium (see above)');
  const server = await serveScript(await bundleForPage('scripts/cases/stages/chromium-page.ts'));
  const browser = await chromium.launch({ executablePath, args: CHROMIUM_ARGUMENTS });
  const pages = await pagesOfRuns(browser, bundleForPage);
  const close = async () => {
    await browser.close();
    await pages.close();
    await server.close();
  };
  try {
    const page = await browser.newPage();
    await page.exposeFunction('showRun', pages.showRun);
    return await stageIn(page, server.origin, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function stageIn(page: Page, origin: string, close: () => Promise<void>): Promise<Stage> {
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  await page.goto(origin);
  await page
    .waitForFunction(() => 'actor' in globalThis, undefined, { timeout: LOAD_MS })
    .catch(() => {
      throw new StageError(`the players did not load in the page: ${problems.join(', ')}`);
    });
  const realTimeFactor = await page.evaluate(() => (globalThis as unknown as PageGlobals).actor.measure());
  return {
    realTimeFactor,
    async *play(content, options) {
      const sent: SentFile = { content, realTimeFactor, ...options };
      // as JSON text: of values with half a character or very deep lists the driver loses the whole message
      const verdicts = await page.evaluate(
        async (file) => JSON.stringify(await (globalThis as unknown as PageGlobals).actor.playAll(JSON.parse(file))),
        JSON.stringify(sent),
      );
      yield* JSON.parse(verdicts) as Verdict[];
    },
    [Symbol.asyncDispose]: close,
  };
}

/** A script for a page, with the SDK's sources as a bundler for pages would resolve them. */
export async function bundleForPage(entry: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    alias: {
      '#runtime': './src/runtimes/browser.ts',
      'smolagents-web': './src/index.ts',
      'smolagents-web/telemetry': './src/telemetry/index.ts',
      'smolagents-web/testing': './src/testing/index.ts',
      'smolagents-web/trace-viewer': './src/trace-viewer/index.ts',
      'smolagents-web/worker': './src/worker/index.ts',
    },
    sourcemap: 'inline',
    logLevel: 'error',
  });
  return outputFiles[0]?.text ?? '';
}

/** A page on loopback that runs the script, with the sandbox's files where the script looks for them. */
export async function serveScript(script: string) {
  const answers: Readonly<Record<string, { type: string; body: string | Buffer }>> = {
    '/': { type: 'text/html', body: '<!doctype html><script type="module" src="/script.js"></script>' },
    '/script.js': { type: 'text/javascript', body: script },
    '/quickjs-hardened.wasm': {
      type: 'application/wasm',
      body: await readFile(join(EXECUTORS, 'quickjs/quickjs-hardened.wasm')),
    },
    '/sandbox-worker.js': { type: 'text/javascript', body: await readFile(join(EXECUTORS, 'sandbox-worker.js')) },
  };
  const server = createServer((request, response) => {
    const answer = answers[request.url ?? ''];
    if (answer) response.writeHead(200, { 'content-type': answer.type }).end(answer.body);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
