import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContextOptions, Page } from 'playwright';
import { onTestFinished } from 'vitest';
import { buildDemoPage } from '../../scripts/demo-page.mjs';
import { root } from '../../scripts/steps.mjs';
import { servePages } from './page-server';
import { filesOf } from './served-folder';
import { openBrowser } from './web-runtimes';

/** A page of the demo, opened; what went wrong in it is in `problems`, policy reports among it. */
export interface OpenDemo {
  readonly page: Page;
  readonly origin: string;
  readonly problems: string[];
  /** Addresses that were asked for, the page's own files left out. */
  readonly asked: string[];
}

const PUBLIC = join(root, 'demo/public');

/** The files of the demo from a server on loopback, with the headers that the worker sends with them. */
export async function serveDemo() {
  await buildDemoPage();
  const files = filesOf(PUBLIC);
  const headers = headersOf(readFileSync(join(PUBLIC, '_headers'), 'utf8'));
  const server = await servePages(({ url = '' }, response) => {
    const path = url.replace(/[?#].*$/s, '');
    const file = files[path === '/' ? '/index.html' : path];
    if (file) response.writeHead(200, { ...headers, 'content-type': file.type }).end(file.body);
    else response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"not found"}');
  });
  onTestFinished(() => server.close());
  return server;
}

/** Opens the demo in a Chromium of its own; undefined where there is none. */
export async function openDemo(
  origin: string,
  { path = '/', ...options }: BrowserContextOptions & { path?: string } = {},
): Promise<OpenDemo | undefined> {
  const browser = await openBrowser();
  if (!browser) return undefined;
  onTestFinished(() => browser.close());
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...options });
  const page = await context.newPage();
  const opened = watched(page, origin);
  await page.goto(`${origin}${path}`);
  return opened;
}

/** Another tab of the same browser. */
export async function openBeside({ page, origin }: OpenDemo): Promise<OpenDemo> {
  const other = await page.context().newPage();
  const opened = watched(other, origin);
  await other.goto(origin);
  return opened;
}

function watched(page: Page, origin: string): OpenDemo {
  const problems: string[] = [];
  const asked: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (/Content Security Policy|smolagents-web/.test(message.text())) problems.push(message.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(origin) && !request.url().startsWith('data:')) asked.push(request.url());
  });
  return { page, origin, problems, asked };
}

function headersOf(text: string): Record<string, string> {
  return Object.fromEntries(
    Array.from(text.matchAll(/^ {2}([\w-]+): (.+)$/gm), ([, name = '', value = '']) => [name, value]),
  );
}
