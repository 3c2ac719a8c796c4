import { gzipSync } from 'node:zlib';
import { type Browser, chromium, type Page } from 'playwright';
import { CHROMIUM_ARGUMENTS } from '../cases/stages/chromium';
import { findChromium } from '../chromium.mjs';
import { serveDemoPage } from '../demo-page.mjs';
import type { Measurement } from './measurement';
import { median } from './median';

const SIZE = { width: 1280, height: 800 };
const VISITS = 5;

/** First visits to the demo page on loopback, each in a browser context of its own; no figures where there is no Chromium. */
export async function measure(): Promise<readonly Measurement[]> {
  const executablePath = await findChromium();
  if (!executablePath) return [];
  const server = await serveDemoPage();
  const browser = await chromium.launch({ executablePath, args: CHROMIUM_ARGUMENTS });
  try {
    const paints: number[] = [];
    const scripts: number[] = [];
    for (let visit = 0; visit < VISITS; visit++) {
      const { paintMs, scriptBytes } = await firstVisit(browser, server.origin);
      paints.push(paintMs);
      scripts.push(scriptBytes);
    }
    return [
      { name: 'first visit, largest paint', median: median(paints), unit: 'ms', goal: { atMost: 800 } },
      { name: 'JavaScript before Run, gzipped', median: median(scripts) / 1000, unit: 'KB', goal: { atMost: 60 } },
    ];
  } finally {
    await browser.close();
    await server.close();
  }
}

async function firstVisit(browser: Browser, origin: string): Promise<{ paintMs: number; scriptBytes: number }> {
  const context = await browser.newContext({ viewport: SIZE });
  const page = await context.newPage();
  const bodies: Promise<Buffer>[] = [];
  page.on('response', (response) => {
    if (response.url().endsWith('.js')) bodies.push(response.body());
  });
  await page.goto(origin);
  await page.locator('.chip', { hasText: 'Answered' }).waitFor();
  const paintMs = await largestPaint(page);
  const sizes = (await Promise.all(bodies)).map((body) => gzipSync(body, { level: 9 }).length);
  await context.close();
  return { paintMs, scriptBytes: sizes.reduce((sum, size) => sum + size, 0) };
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
