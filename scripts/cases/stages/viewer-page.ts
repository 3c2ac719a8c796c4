import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright';
import type { Shown, ViewerRun } from '../rendering/shown';
import { watchPage } from './watched-page';

/** The policy that hazards/rendering.json names. */
export const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; " +
  "connect-src 'self' https: http://localhost:* http://127.0.0.1:*; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** What the page puts on itself for the runner. */
interface PageGlobals {
  readRun(run: ViewerRun): Promise<Pick<Shown, 'text' | 'links'>>;
}

/** Shows runs in pages of this browser that have the viewer, by the script of `read-viewer.ts`, and the policy. Close it to end its server. */
export async function viewerPages(
  browser: Browser,
  script: string,
): Promise<{ showRun(run: ViewerRun): Promise<Shown>; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const headers = { 'content-security-policy': POLICY };
    if (request.url === '/viewer.js') response.writeHead(200, { 'content-type': 'text/javascript' }).end(script);
    else response.writeHead(200, { ...headers, 'content-type': 'text/html' }).end(HTML);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    showRun: async (run) => {
      const page = await browser.newPage();
      try {
        return await showIn(page, origin, run);
      } finally {
        await page.close();
      }
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const HTML =
  '<!doctype html><html lang="en"><title>A run</title><script type="module" src="/viewer.js"></script><agent-trace></agent-trace>';

async function showIn(page: Page, origin: string, run: ViewerRun): Promise<Shown> {
  const deeds = await watchPage(page);
  await page.goto(origin);
  await page.waitForFunction(() => 'readRun' in globalThis);
  const seen = await page.evaluate((given) => (globalThis as unknown as PageGlobals).readRun(given), run);
  return { ...seen, ...(await deeds()) };
}
