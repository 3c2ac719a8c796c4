import { chromium } from 'playwright';
import { bundleForPage, CHROMIUM_ARGUMENTS, serveScript } from '../cases/stages/chromium';
import { findChromium } from '../chromium.mjs';
import type { SandboxFigures } from '../sandbox-figures/measure';
import type { Measurement } from './measurement';

const LOAD_MS = 60_000;

/** What `scripts/sandbox-figures/page.ts` puts on the page. */
interface PageGlobals {
  figures: { inWorker(): Promise<SandboxFigures>; inPage(): Promise<SandboxFigures> };
}

/** The sandbox in a real Chromium, in its warm Web Worker and in the page itself; no figures where there is no Chromium. */
export async function measure(): Promise<readonly Measurement[]> {
  const executablePath = await findChromium();
  if (!executablePath) return [];
  const server = await serveScript(await bundleForPage('scripts/sandbox-figures/page.ts'));
  const browser = await chromium.launch({ executablePath, args: CHROMIUM_ARGUMENTS });
  try {
    const page = await browser.newPage();
    await page.goto(server.origin);
    await page.waitForFunction(() => 'figures' in globalThis, undefined, { timeout: LOAD_MS });
    const worker = await page.evaluate(() => (globalThis as unknown as PageGlobals).figures.inWorker());
    const here = await page.evaluate(() => (globalThis as unknown as PageGlobals).figures.inPage());
    return [...figuresOf('Web Worker', worker, 8), ...figuresOf('in the page', here, 3)];
  } finally {
    await browser.close();
    await server.close();
  }
}

function figuresOf(place: string, figures: SandboxFigures, nineCallsGoal: number): readonly Measurement[] {
  const { openMs, stepMs, earlyNineCallsMs, nineCallsMs, callUs, snapshotMs, restoreMs } = figures;
  return [
    { name: `new sandbox, warm: ${place}`, median: openMs, unit: 'ms', goal: { atMost: 5 } },
    { name: `step without a call: ${place}`, median: stepMs, unit: 'ms' },
    {
      name: `step with nine awaited tool calls: ${place}`,
      median: nineCallsMs,
      unit: 'ms',
      goal: { atMost: nineCallsGoal },
    },
    { name: `the same, among the first of a page: ${place}`, median: earlyNineCallsMs, unit: 'ms' },
    { name: `one awaited call: ${place}`, median: callUs, unit: 'µs' },
    { name: `snapshot: ${place}`, median: snapshotMs, unit: 'ms' },
    { name: `new sandbox from a snapshot: ${place}`, median: restoreMs, unit: 'ms' },
  ];
}
