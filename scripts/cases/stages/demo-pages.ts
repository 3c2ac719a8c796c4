import type { Browser, Page } from 'playwright';
import { buildPackage } from '../../build.mjs';
import { serveDemoPage } from '../../demo-page.mjs';
import type { DemoRun, ModelReply, Shown } from '../rendering/shown';
import { watchPage } from './watched-page';

/** Nothing listens there: the browser's requests to it are answered before they leave. */
const ENDPOINT = 'http://127.0.0.1:9/v1';

/** Shows runs in the demo page, which is built and served when the first one comes; `script` is that of `read-demo.ts`. */
export function demoPages(browser: Browser, script: string) {
  let server: ReturnType<typeof serveDemoPage> | undefined;
  return {
    showRun: async (run: DemoRun): Promise<Shown> => {
      server ??= buildPackage().then(() => serveDemoPage());
      const { origin } = await server;
      const page = await browser.newPage();
      try {
        const deeds = await watchPage(page);
        await page.addInitScript({ content: script });
        await page.goto(origin);
        await page.locator('.chip', { hasText: 'Answered' }).waitFor(); // the recording is there
        if ('dropped' in run) await drop(page, JSON.stringify(run.dropped));
        else await runLive(page, run.replies);
        const seen = await page.evaluate(() =>
          (globalThis as unknown as { readPage(): Promise<Pick<Shown, 'text' | 'links'>> }).readPage(),
        );
        return { ...seen, ...(await deeds()) };
      } finally {
        await page.close();
      }
    },
    close: async () => (await server)?.close(),
  };
}

async function drop(page: Page, text: string): Promise<void> {
  await page.locator('agent-trace').evaluate(async (viewer, content) => {
    const shown = new Promise((resolve) =>
      document.addEventListener('traceload', resolve, { once: true, capture: true }),
    ); // in a tab of its own
    const transfer = new DataTransfer();
    transfer.items.add(new File([content], 'dropped.json'));
    viewer.dispatchEvent(
      new DragEvent('drop', { dataTransfer: transfer, bubbles: true, composed: true, cancelable: true }),
    );
    await shown;
  }, text);
}

/** A run of the agent that writes code, to its end. */
async function runLive(page: Page, replies: readonly ModelReply[]): Promise<void> {
  let asked = 0;
  await page.route(`${ENDPOINT}/**`, (route) => {
    const reply = replies[asked] ?? { refusal: 'there is no reply left' };
    asked += 1;
    const headers = { 'access-control-allow-origin': '*' };
    if (typeof reply === 'object')
      return route.fulfill({ status: 400, headers, json: { error: { message: reply.refusal } } });
    const turn = { choices: [{ index: 0, delta: { content: reply }, finish_reason: 'stop' }] };
    const body = `data: ${JSON.stringify(turn)}\n\ndata: [DONE]\n\n`;
    return route.fulfill({ headers, contentType: 'text/event-stream', body });
  });
  await page.getByLabel('An endpoint of yours').check();
  await page.locator('#endpoint').fill(ENDPOINT);
  await page.getByText('Agent, tools and limits').click();
  await page.locator('#agent').selectOption('code');
  await page.locator('#task').fill('How old is the tower?');
  await page.locator('#run').click();
  await page.getByRole('tab').nth(1).waitFor();
  await page.locator('#stop').waitFor({ state: 'hidden' });
}
