import { gzipSync } from 'node:zlib';
import { type Browser, chromium, type Page } from 'playwright';
import { CHROMIUM_ARGUMENTS } from '../cases/stages/chromium';
import { findChromium } from '../chromium.mjs';
import { serveDemoPage } from '../demo-page.mjs';
import type { Measurement } from './measurement';
import { median } from './median';

const SIZE = { width: 1280, height: 800 };
const VISITS = 5;
/** Slow 4G as Lighthouse has it: 150 ms there and back, 1.6 Mbit/s down and 750 kbit/s up. */
const SLOW_4G = { offline: false, latency: 150, downloadThroughput: 1_600_000 / 8, uploadThroughput: 750_000 / 8 };
type Network = typeof SLOW_4G;

interface Visit {
  /** From the navigation to the largest paint, which are the sentences that say what the page is. */
  paintMs: number;
  /** To the moment when the recorded run can be read. */
  shownMs: number;
  /** Of all scripts until then, gzipped, however the server sends them. */
  scriptBytes: number;
}

/** First visits to the demo page on loopback, each in a browser context of its own; no figures where there is no Chromium. */
export async function measure(): Promise<readonly Measurement[]> {
  const executablePath = await findChromium();
  if (!executablePath) return [];
  const server = await serveDemoPage();
  const compressing = await serveDemoPage(undefined, { gzip: true });
  const browser = await chromium.launch({ executablePath, args: CHROMIUM_ARGUMENTS });
  try {
    const visits: Visit[] = [];
    const slowVisits: Visit[] = [];
    const gzippedVisits: Visit[] = [];
    for (let visit = 0; visit < VISITS; visit++) {
      visits.push(await firstVisit(browser, server.origin));
      slowVisits.push(await firstVisit(browser, server.origin, SLOW_4G));
      gzippedVisits.push(await firstVisit(browser, compressing.origin, SLOW_4G));
    }
    const of = (some: readonly Visit[], figure: keyof Visit) => median(some.map((visit) => visit[figure]));
    const scripts = of(visits, 'scriptBytes') / 1000;
    return [
      { name: 'first visit, largest paint', median: of(visits, 'paintMs'), unit: 'ms', goal: { atMost: 800 } },
      { name: 'first visit, recorded run on show', median: of(visits, 'shownMs'), unit: 'ms' },
      { name: 'slow 4G, largest paint', median: of(slowVisits, 'paintMs'), unit: 'ms', goal: { atMost: 1_800 } },
      { name: 'slow 4G, recorded run on show', median: of(slowVisits, 'shownMs'), unit: 'ms' },
      { name: 'the same from a host that gzips', median: of(gzippedVisits, 'shownMs'), unit: 'ms' },
      { name: 'JavaScript before Run, gzipped', median: scripts, unit: 'KB', goal: { atMost: 60 } },
    ];
  } finally {
    await browser.close();
    await server.close();
    await compressing.close();
  }
}

async function firstVisit(browser: Browser, origin: string, network?: Network): Promise<Visit> {
  const context = await browser.newContext({ viewport: SIZE });
  const page = await context.newPage();
  if (network) await (await context.newCDPSession(page)).send('Network.emulateNetworkConditions', network);
  const bodies: Promise<Buffer>[] = [];
  page.on('response', (response) => {
    if (response.url().endsWith('.js')) bodies.push(response.body());
  });
  await page.goto(origin);
  await page.locator('.chip', { hasText: 'Answered' }).waitFor();
  const shownMs = await page.evaluate(() => performance.now());
  const paintMs = await largestPaint(page);
  const sizes = (await Promise.all(bodies)).map((body) => gzipSync(body, { level: 9 }).length);
  await context.close();
  return { paintMs, shownMs, scriptBytes: sizes.reduce((sum, size) => sum + size, 0) };
}

/** Milliseconds from the navigation to the largest paint so far. */
function largestPaint(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        new PerformanceObserver((list) => resolve(list.getEntries().at(-1)?.startTime ?? 0)).observe({
          type: 'largest-contentful-paint',
          buffered: true,
        });
      }),
  );
}
