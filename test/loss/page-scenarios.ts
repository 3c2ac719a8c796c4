import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright';
import { type Collector, startCollector } from '../fakes/collector';
import type { LossPage } from './page';
import type { Arrival, Keeper, Scenario } from './scenario';

declare global {
  var page: LossPage;
}

const SPANS = 300;

interface Stage {
  browser: BrowserContext;
  page: Page;
  collector: Collector;
  /** Address of the page's own server. */
  origin: string;
}

/** Scenarios in a real Chromium, with a collector of another origin. After each the page is opened once more, as people do. */
export function pageScenarios(browser: () => Promise<Browser>): readonly Scenario[] {
  const keepers = ['ours', 'journal', 'stock'] as const;
  const scenario = (name: string, spans: number, go: (stage: Stage) => Promise<unknown>): Scenario => ({
    name,
    keepers,
    run: async (keeper) => play(await browser(), keeper, spans, go),
  });
  return [
    scenario('the page is well, 300 spans, and stays for 6 s', SPANS, ({ page }) => page.waitForTimeout(6_000)),
    scenario('the visitor goes to another page at once, 300 spans (120 KB)', SPANS, ({ page, origin }) =>
      page.goto(`${origin}/other`),
    ),
    scenario('the visitor goes to another page after 200 ms, 300 spans', SPANS, ({ page, origin }) =>
      afterJournal(page, () => page.goto(`${origin}/other`)),
    ),
    scenario('the visitor goes to another page at once, 60 spans (24 KB)', 60, ({ page, origin }) =>
      page.goto(`${origin}/other`),
    ),
    scenario('the tab is closed after 200 ms, 300 spans', SPANS, ({ page }) =>
      afterJournal(page, () => page.close({ runBeforeUnload: true }).then(() => closed(page))),
    ),
    scenario('the renderer is killed 200 ms after 300 spans ended', SPANS, ({ page }) =>
      afterJournal(page, () => crash(page)),
    ),
  ];
}

/** The promise of the journal: what ended 200 ms before is kept. */
async function afterJournal(page: Page, go: () => Promise<unknown>): Promise<void> {
  await page.waitForTimeout(200);
  await go();
}

async function play(
  browser: Browser,
  keeper: Keeper,
  spans: number,
  go: (stage: Stage) => Promise<unknown>,
): Promise<Arrival> {
  const collector = await startCollector();
  const server = await servePage();
  const context = await browser.newContext();
  try {
    const page = await openPage(context, server.origin, keeper, collector);
    const ended = await page.evaluate((count) => globalThis.page.end(count), spans);
    await go({ browser: context, page, collector, origin: server.origin });
    const next = await openPage(context, server.origin, keeper, collector);
    await collector.received(ended, 4_000).catch(() => undefined);
    const counted = await next.evaluate(() => globalThis.page.counted());
    return { ended, arrived: collector.stored.size, ...(keeper === 'stock' ? {} : { counted }) };
  } finally {
    await context.close();
    await server.close();
    await collector.close();
  }
}

async function openPage(context: BrowserContext, origin: string, keeper: Keeper, { url }: Collector): Promise<Page> {
  const page = await context.newPage();
  await page.goto(origin);
  await page.evaluate(([name, address]) => globalThis.page.start(name, address), [keeper, url] as const);
  return page;
}

function closed(page: Page): Promise<unknown> {
  return page.isClosed() ? Promise.resolve() : page.waitForEvent('close');
}

async function crash(page: Page): Promise<void> {
  const crashed = page.waitForEvent('crash');
  page.goto('chrome://crash').catch(() => undefined); // ends with the page
  await crashed;
}

async function servePage(): Promise<{ origin: string; close(): Promise<void> }> {
  const script = await bundled();
  const server = createHttpServer((request, response) => {
    const isScript = request.url === '/page.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.setHeader('cache-control', 'no-store'); // a page that is not kept for the way back
    response.end(isScript ? script : request.url === '/' ? '<script src="/page.js"></script>' : '<p>Another page</p>');
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

let bundle: Promise<string> | undefined;

/** The page's script, made once. */
function bundled(): Promise<string> {
  bundle ??= build({
    entryPoints: [fileURLToPath(new URL('page.ts', import.meta.url))],
    bundle: true,
    format: 'iife',
    platform: 'browser',
    alias: { '#runtime': fileURLToPath(new URL('../../src/runtimes/browser.ts', import.meta.url)) },
    loader: { '.wasm': 'empty' }, // no sandbox is opened here
    write: false,
    logLevel: 'error',
  }).then(({ outputFiles }) => outputFiles[0]?.text ?? '');
  return bundle;
}

/** A Chromium of its own for these scenarios. */
export function launchChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--no-first-run'] });
}
