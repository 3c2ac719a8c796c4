import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, chromium, type Page } from 'playwright';
import { bundleForPage, CHROMIUM_ARGUMENTS } from '../cases/stages/chromium';
import { POLICY } from '../cases/stages/viewer-page';
import { findChromium } from '../chromium.mjs';
import { largeTrace } from '../trace-viewer-figures/large-trace';
import type { LargeFigures, LiveFigures } from '../trace-viewer-figures/page';
import type { Measurement } from './measurement';
import { median } from './median';
import { type PhoenixPages, readableInPhoenix, startPhoenixPages } from './phoenix-page';

const SIZE = { width: 1440, height: 900 };
const LIVE = { perSecond: 200, seconds: 60 };
const TIMES = 5;
const HUGE = 60_000; // spans: 56 MB
const NO_OTHER_HOST = '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1'; // Phoenix asks three when it is opened

/** What `scripts/trace-viewer-figures/page.ts` puts on the page. */
interface PageGlobals {
  figures: {
    large(count: number): Promise<LargeFigures>;
    live(of: typeof LIVE): Promise<LiveFigures>;
    read(): Promise<number>;
    longestTask(count: number): Promise<number>;
  };
}

/** `<agent-trace>` in a real Chromium, under the policy of the demo page; no figures where there is no Chromium. */
export async function measure(): Promise<readonly Measurement[]> {
  const executablePath = await findChromium();
  if (!executablePath) return [];
  const server = await serveViewer(await bundleForPage('scripts/trace-viewer-figures/page.ts'));
  const browser = await chromium.launch({ executablePath, args: [...CHROMIUM_ARGUMENTS, NO_OTHER_HOST] });
  try {
    return [
      ...(await besidePhoenix(browser, server.origin)),
      ...(await readable(browser, server.origin, 10_000, 1200)),
      ...(await large(browser, server.origin)),
      ...(await huge(browser, server.origin)),
      ...(await live(browser, server.origin)),
    ];
  } finally {
    await browser.close();
    await server.close();
  }
}

/** What is small enough for a page of Phoenix; Phoenix is stopped before anything else is measured. */
async function besidePhoenix(browser: Browser, origin: string): Promise<Measurement[]> {
  const phoenix = await startPhoenixPages();
  try {
    return [
      ...(await readable(browser, origin, 16, 300, phoenix)),
      ...(await readable(browser, origin, 2000, 500, phoenix)),
    ];
  } finally {
    await phoenix?.stop();
  }
}

/** From navigation to rows that can be read, with a cold cache; in turns with the same spans in Phoenix, where there is one. */
async function readable(
  browser: Browser,
  origin: string,
  count: number,
  atMost: number,
  phoenix?: PhoenixPages,
): Promise<Measurement[]> {
  const address = phoenix && (await inNewContext(browser, (page) => phoenix.keep(count, page)));
  const times: number[] = [];
  const timesOfPhoenix: number[] = [];
  for (let time = 0; time < TIMES; time++) {
    times.push(
      await inNewContext(browser, async (page) => {
        await page.goto(`${origin}/?${count}`);
        return page.evaluate(() => (globalThis as unknown as PageGlobals).figures.read());
      }),
    );
    if (address) timesOfPhoenix.push(await inNewContext(browser, (page) => readableInPhoenix(page, address)));
  }
  const name = `${count} spans, from navigation to readable`;
  const ours: Measurement = { name, median: median(times), unit: 'ms', goal: { atMost } };
  if (!address) return [ours];
  return [
    ours,
    { name: `${name}: Phoenix`, median: median(timesOfPhoenix), unit: 'ms' },
    { name: `${name}: ours to Phoenix's`, median: median(times) / median(timesOfPhoenix), unit: 'x' },
  ];
}

/** A browser context of its own has nothing in its cache. */
async function inNewContext<Result>(browser: Browser, act: (page: Page) => Promise<Result>): Promise<Result> {
  const context = await browser.newContext({ viewport: SIZE });
  try {
    return await act(await context.newPage());
  } finally {
    await context.close();
  }
}

async function large(browser: Browser, origin: string): Promise<Measurement[]> {
  const page = await browser.newPage({ viewport: SIZE });
  await page.goto(origin);
  const figures = await page.evaluate(() => (globalThis as unknown as PageGlobals).figures.large(10_000));
  await page.close();
  const of = (name: string, figure: number, unit: string, atMost?: number): Measurement => ({
    name: `10,000 spans: ${name}`,
    median: figure,
    unit,
    ...(atMost !== undefined && { goal: { atMost } }),
  });
  return [
    of('parsed object to paint, first time', figures.firstPaint, 'ms'),
    of('parsed object to paint', figures.firstPaintWarm, 'ms', 100),
    of('DOM nodes', figures.nodes, 'nodes', 400),
    of('script and layout of a step of scrolling, 95th percentile', figures.scrollP95, 'ms', 16),
    of('selecting a span, 95th percentile', figures.select, 'ms', 50),
    of('jumping to an error, 95th percentile', figures.jumpToError, 'ms', 50),
    of('search in all texts, 95th percentile', figures.search, 'ms', 60),
    of('heap of the page, file included', figures.heapMb, 'MB', 90),
  ];
}

/** Of a file above 5 MB; JSON.parse, which no page can divide, is done before. */
async function huge(browser: Browser, origin: string): Promise<Measurement[]> {
  const page = await browser.newPage({ viewport: SIZE });
  await page.goto(origin);
  const longest = await page.evaluate((of) => (globalThis as unknown as PageGlobals).figures.longestTask(of), HUGE);
  await page.close();
  const name = `${HUGE} spans: longest task above 50 ms from parsed object to paint`;
  return [{ name, median: longest, unit: 'ms', goal: { atMost: 200 } }];
}

async function live(browser: Browser, origin: string): Promise<Measurement[]> {
  const page = await browser.newPage({ viewport: SIZE });
  await page.goto(origin);
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const busySeconds = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0;
  };
  const before = await busySeconds();
  const figures = await page.evaluate((of) => (globalThis as unknown as PageGlobals).figures.live(of), LIVE);
  const busyShare = (100 * ((await busySeconds()) - before)) / LIVE.seconds;
  await page.close();
  const of = (name: string, figure: number, unit: string, atMost?: number): Measurement => ({
    name: `live, ${LIVE.perSecond} events a second for ${LIVE.seconds} s: ${name}`,
    median: figure,
    unit,
    ...(atMost !== undefined && { goal: { atMost } }),
  });
  return [
    of('longest task above 50 ms', figures.longestTask, 'ms', 50),
    of('row after its start event, 95th percentile', figures.rowP95, 'ms'),
    of('slowest row after its start event', figures.slowestRow, 'ms', 100),
    of("processor's time of the page's main thread, its own looking included", busyShare, '% of the time'),
  ];
}

/** Pages with the viewer; `/?16` has one of 16 spans. */
async function serveViewer(script: string) {
  const server = createServer((request, response) => {
    const { pathname, search } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const count = Number(search.slice(1));
    if (pathname === '/page.js') response.writeHead(200, { 'content-type': 'text/javascript' }).end(script);
    else if (pathname === '/run.json') response.writeHead(200).end(JSON.stringify(largeTrace(count)));
    else {
      const element = count > 0 ? `<agent-trace src="/run.json?${count}"></agent-trace>` : '';
      const headers = { 'content-type': 'text/html', 'content-security-policy': POLICY };
      response.writeHead(200, headers).end(`<!doctype html><script type="module" src="/page.js"></script>${element}`);
    }
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
