import type { RequestListener } from 'node:http';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright';
import { afterAll, onTestFinished } from 'vitest';
import { serveDemoPage } from '../../scripts/demo-page.mjs';
import { openBrowser } from './web-runtimes';

/** A page of the demo, opened; what went wrong in it is in `problems`, policy reports among it. */
export interface OpenDemo {
  readonly page: Page;
  readonly origin: string;
  readonly problems: string[];
  /** Addresses that were asked for, the page's own files left out. */
  readonly asked: string[];
}

/** One for all tests of a file that need no rules: each opens a context of its own in it. */
let shared: Promise<Browser | undefined> | undefined;
afterAll(async () => (await shared)?.close());

/** The page from a server on loopback, until the test is over. `others` answers what is no file of it. */
export async function serveDemo(others?: RequestListener) {
  const server = await serveDemoPage(others);
  onTestFinished(() => server.close());
  return server;
}

/** Opens the demo as a visitor who was never there, until the test is over; undefined where there is no Chromium. */
export async function openDemo(
  origin: string,
  { path = '/', rules = [], ...options }: BrowserContextOptions & { path?: string; rules?: readonly string[] } = {},
): Promise<OpenDemo | undefined> {
  if (rules.length === 0) shared ??= openBrowser();
  const browser = await (rules.length === 0 ? shared : openBrowser(rules));
  if (!browser) return undefined;
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...options });
  onTestFinished(() => (rules.length === 0 ? context.close() : browser.close()));
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

/** Drops a file on an element, as a person does. */
export function dropFile(target: Locator, text: string, name: string): Promise<void> {
  return target.evaluate(
    (element, [content = '', fileName = '']) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([content], fileName));
      element.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, composed: true, cancelable: true }));
    },
    [text, name],
  );
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
