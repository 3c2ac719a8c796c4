import { existsSync } from 'node:fs';
import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium, pageScenarios } from './page-scenarios';

const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const hasChromium = existsSync(CHROMIUM); // where it is missing, `npm test` says so and fails in CI
let browser: Browser;

beforeAll(async () => {
  if (hasChromium) browser = await launchChromium(CHROMIUM);
});
afterAll(() => browser?.close());

const [well, atOnce, ...goings] = pageScenarios(async () => browser);
/** Spans of these scenarios that fit into what a browser lets a page send as it goes: 113, measured. */
const GUARANTEED = 100;

describe.skipIf(!hasChromium)('in a real page', () => {
  test('that stays, neither loses a span', async () => {
    const arrivals = await Promise.all([well?.run('ours'), well?.run('stock')]);

    expect(arrivals).toEqual([
      { ended: 300, arrived: 300, counted: 0 },
      { ended: 300, arrived: 300 },
    ]);
  });

  test.each(goings.map((scenario) => ({ ...scenario })))('where $name, the journal loses none', async ({ run }) => {
    const { ended, arrived } = await run('journal');

    expect(arrived).toBe(ended);
  });

  test.each(['ours', 'journal'] as const)(
    'that is left at once, what fits into keepalive arrives (%s)',
    async (keeper) => {
      const { arrived } = (await atOnce?.run(keeper)) ?? { arrived: 0 };

      expect(arrived).toBeGreaterThanOrEqual(GUARANTEED);
    },
  );

  test.each(goings.slice(0, 3).map((scenario) => ({ ...scenario })))(
    'where $name, what fits into keepalive arrives without a journal',
    async ({ run }) => {
      const { ended, arrived } = await run('ours');

      expect(arrived).toBeGreaterThanOrEqual(Math.min(ended, GUARANTEED));
    },
  );

  test('that is killed, the stock processor loses all', async () => {
    const { arrived } = (await goings.at(-1)?.run('stock')) ?? { arrived: -1 };

    expect(arrived).toBe(0);
  });
});
