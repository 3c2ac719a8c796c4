import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright';
import type { RunToShow, Shown, ShowRun } from '../rendering/shown';

/** The policy that hazards/rendering.json names. */
export const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; " +
  "connect-src 'self' https: http://localhost:* http://127.0.0.1:*; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** What pages put on themselves for the runner. */
interface PageGlobals {
  __xss?: unknown;
  reports: string[];
}

/** Shows runs in pages of this browser that have the viewer, given as a script, and the policy. Close it to end its server. */
export async function viewerPages(browser: Browser, script: string): Promise<{ showRun: ShowRun; close(): Promise<void> }> {
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

async function showIn(page: Page, origin: string, run: RunToShow): Promise<Shown> {
  const problems: string[] = [];
  const hosts = new Set<string>();
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('request', (request) => hosts.add(new URL(request.url()).hostname));
  await page.addInitScript(() => {
    const reports: string[] = [];
    Object.assign(globalThis, { reports });
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      reports.push(`${violatedDirective} ${blockedURI}`),
    );
  });
  await page.goto(origin);
  await page.waitForFunction(() => customElements.get('agent-trace') !== undefined);
  const { text, links } = await page.evaluate(readAll, run);
  await page.waitForLoadState('networkidle');
  const { executed, reports } = await page.evaluate(() => {
    const { __xss, reports } = globalThis as unknown as PageGlobals;
    return { executed: __xss !== undefined, reports };
  });
  return { executed, hosts: [...hosts], text, links, reports, problems };
}

/** Runs in the page: shows the run, looks at every row with all its folds open, and takes down what is to be seen. */
async function readAll(run: RunToShow) {
  type Viewer = HTMLElement & {
    trace?: { rows: ReadonlyMap<string, unknown>; outcome: string };
    load(file: unknown): Promise<void>;
    add(event: unknown): void;
  };
  const viewer = document.querySelector<Viewer>('agent-trace');
  if (!viewer?.shadowRoot) throw new Error('the page has no viewer');
  const frames = () =>
    new Promise<void>((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve())));
  if ('file' in run) await viewer.load(run.file);
  else for (const event of run.events) viewer.add(event);
  await frames();
  const texts: string[] = [];
  const links = new Map<string, { address: string; text: string; rel: string }>();
  for (const id of viewer.trace?.rows.keys() ?? []) {
    viewer.setAttribute('span', id);
    for (let closed = 1; closed > 0; ) {
      const folds = [...viewer.shadowRoot.querySelectorAll('details:not([open])')];
      for (const fold of folds) fold.setAttribute('open', '');
      closed = folds.length;
      await frames();
    }
    for (const button of viewer.shadowRoot.querySelectorAll<HTMLElement>('.more')) button.click();
    for (const node of viewer.shadowRoot.querySelectorAll('*')) node.dispatchEvent(new MouseEvent('mouseover'));
    texts.push((viewer.shadowRoot.firstElementChild as HTMLElement).innerText);
    for (const { href, textContent, rel, attributes } of viewer.shadowRoot.querySelectorAll('a'))
      links.set(href, { address: attributes.getNamedItem('href')?.value ?? '', text: textContent ?? '', rel });
  }
  return { text: texts.join('\n'), links: [...links.values()] };
}
