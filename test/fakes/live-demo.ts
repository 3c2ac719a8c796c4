import type { RequestListener } from 'node:http';
import type { Page } from 'playwright';
import { onTestFinished } from 'vitest';
import { openDemo, serveDemo } from './demo-page';
import { type Reply, startModelServer } from './model-server';

/** What the page is given to send to the model server. */
export const KEY = 'sk-secret-of-this-test';

/** What the run in front came to, by a text of it. */
export const chip = (page: Page, text: string) =>
  page.locator('[role=tabpanel]:not([hidden]) .chip', { hasText: text });

/** A reply that runs this. */
export const code = (javascript: string) => `Thought: one step on.\n<code>\n${javascript}\n</code>`;

export interface LiveOptions {
  agent?: string;
  cors?: boolean;
  /** Labels of boxes to tick. */
  tools?: readonly string[];
  /** Answers what the page asks its own server for and is no file. */
  others?: RequestListener;
}

/** The page with a model server of its own chosen as the source. */
export async function openLive(
  replies: readonly Reply[],
  { agent = 'code', cors = true, tools = [], others }: LiveOptions = {},
) {
  const model = await startModelServer(replies, { cors });
  onTestFinished(() => model[Symbol.asyncDispose]());
  const opened = await openDemo((await serveDemo(others)).origin);
  if (!opened) return undefined;
  const { page } = opened;
  await chooseEndpoint(page, model.url, agent);
  await page.getByLabel('Key, if it wants one').fill(KEY);
  for (const tool of tools) await page.getByLabel(tool).check();
  return { ...opened, model };
}

/** Fills in the form for an endpoint, without a key. */
export async function chooseEndpoint(page: Page, url: string, agent: string): Promise<void> {
  await page.getByLabel('An endpoint of yours').check();
  await page.getByLabel('Address').first().fill(url);
  await page.getByText('Agent, tools and limits').click();
  await page.locator('#agent').selectOption(agent);
  await page.locator('#task').fill('What is 6 times 7?');
}

/** Presses Run, and waits until the run has a tab of its own. */
export async function run(page: Page): Promise<void> {
  const before = await page.getByRole('tab').count();
  await page.locator('#run').click();
  await page.getByRole('tab').nth(before).waitFor();
}
