// `npm run sandbox-figures`: what the sandbox takes in Node, in a page, in its workers and in workerd, as a table for docs/sandbox.md.
import { readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright';
import { defaultExecutor, InProcessExecutor } from 'smolagents-web';
import { bundleForPage, CHROMIUM_ARGUMENTS, serveScript } from './cases/stages/chromium';
import { startWorkerd } from './cases/stages/workerd';
import { findChromium } from './chromium.mjs';
import { inARow, measureSandbox, type SandboxFigures } from './sandbox-figures/measure';
import { root } from './steps.mjs';

const MANY = 1_000;

interface PageGlobals {
  figures: {
    inWorker(): Promise<SandboxFigures>;
    inPage(): Promise<SandboxFigures>;
    inARow(count: number): Promise<void>;
  };
}

const columns: Record<string, SandboxFigures> = {};
const memory: Record<string, string> = {};

const wasm = () => readFile(join(root, 'src/executors/quickjs/quickjs-hardened.wasm'));
const here = new InProcessExecutor({ wasm });
const threads = await defaultExecutor();
columns['Node, in process'] = await measureSandbox(here, false);
columns['Node, worker thread'] = await measureSandbox(threads, true);
for (const [name, executor] of [
  ['Node, in process', here],
  ['Node, worker thread', threads],
] as const) {
  memory[name] = await growth(
    (count) => inARow(executor, count),
    async () => process.memoryUsage().rss,
  );
}
await inChromium();
await inWorkerd();
print();

async function inChromium(): Promise<void> {
  const executablePath = await findChromium();
  if (!executablePath) return;
  const server = await serveScript(await bundleForPage('scripts/sandbox-figures/page.ts'));
  const browser = await chromium.launch({ executablePath, args: CHROMIUM_ARGUMENTS });
  try {
    const page = await browser.newPage();
    await page.goto(server.origin);
    await page.waitForFunction(() => 'figures' in globalThis);
    columns['Chromium, Web Worker'] = await page.evaluate(() =>
      (globalThis as unknown as PageGlobals).figures.inWorker(),
    );
    columns['Chromium, in the page'] = await page.evaluate(() =>
      (globalThis as unknown as PageGlobals).figures.inPage(),
    );
    const many = (count: number) =>
      page.evaluate((times) => (globalThis as unknown as PageGlobals).figures.inARow(times), count);
    memory['Chromium, Web Worker'] = await growth(many, async () => {
      await page.requestGC();
      return residentOfRenderers(browser);
    });
  } finally {
    await browser.close();
    await server.close();
  }
}

async function inWorkerd(): Promise<void> {
  const worker = await startWorkerd('scripts/sandbox-figures/worker.ts');
  try {
    const reply = await worker.fetch('http://127.0.0.1/');
    columns.workerd = (await reply.json()) as SandboxFigures;
  } finally {
    await worker.dispose();
  }
}

/** Memory after half of the sandboxes, and after all of them. */
async function growth(run: (count: number) => Promise<void>, resident: () => Promise<number>): Promise<string> {
  await run(MANY / 2);
  const half = await resident();
  await run(MANY / 2);
  const whole = await resident();
  return `${megabytes(half)} after ${MANY / 2}, ${megabytes(whole)} after ${MANY}`;
}

/** Of all pages of the browser together, as Linux counts it. */
async function residentOfRenderers(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const pages = processInfo.filter(({ type }) => type === 'renderer');
  const sizes = pages.map(async ({ id }) => {
    const status = await readFile(`/proc/${id}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) * 1024;
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

function print(): void {
  const names = Object.keys(columns);
  const rows: [string, (figures: SandboxFigures) => string][] = [
    ['first sandbox', ({ firstOpenMs }) => ms(firstOpenMs)],
    ['new sandbox', ({ openMs }) => ms(openMs)],
    ['step of code', ({ stepMs }) => ms(stepMs)],
    ['step with nine awaited calls', ({ nineCallsMs }) => ms(nineCallsMs)],
    ['one awaited call', ({ callUs }) => `${callUs.toFixed(0)} µs`],
    ['snapshot', ({ snapshotMs, snapshotKb }) => `${ms(snapshotMs)}, ${snapshotKb.toFixed(0)} KB`],
    ['sandbox from a snapshot', ({ restoreMs }) => ms(restoreMs)],
    ['a loop runs over its limit by', ({ softStopMs }) => ms(softStopMs)],
    ['code that dodges the interrupt, by', ({ hardStopMs }) => (hardStopMs === undefined ? '-' : ms(hardStopMs))],
    ['longest gap of timers and frames meanwhile', ({ longestGapMs }) => ms(longestGapMs)],
  ];
  console.log(`${cpus().length} cores, ${cpus()[0]?.model}, Node ${process.version}; medians of 30\n`);
  console.log(`| | ${names.join(' | ')} |\n| --- |${' --- |'.repeat(names.length)}`);
  for (const [name, cell] of rows) console.log(`| ${name} | ${Object.values(columns).map(cell).join(' | ')} |`);
  console.log('');
  for (const [name, text] of Object.entries(memory)) console.log(`${MANY} in a row, ${name}: ${text}`);
}

function ms(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
