import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { BuildOptions } from 'esbuild';
import { afterAll, expect, test } from 'vitest';
import { root } from '../../scripts/steps.mjs';
import { bundleApp, pageOf } from '../fakes/app-bundle';
import { servePublic } from '../fakes/public-server';
import { openBrowser, startWorker, type WorkerSettings } from '../fakes/web-runtimes';
import { type NestingReport, type NestingStyle, runNesting } from '../nesting/nesting';

const browser = await openBrowser();
afterAll(() => browser?.close());

const SPANS = 4 * (6 + 2 * (6 + 2 * 4)); // runs, of a manager and two agents with two tools
const whole = { spans: SPANS, right: SPANS, traces: 4, wrong: [] };
/** What an app opens after an `await` begins a trace of its own: `own` and `nested` of each tool. */
const LOST = 4 * 2 * 2 * 2;
const orphans = { spans: SPANS, right: SPANS - LOST, traces: 4 + LOST };

test.each(['handle', 'ambient'] as const)('in Node every span of %s style is where it belongs', async (style) => {
  const report = await runNesting(style);

  expect(report).toEqual(whole);
});

test('in Node every span is where it belongs in a minified build, too', async () => {
  const scripts = await bundleApp('test/nesting/node-program.ts', {
    platform: 'node',
    mainFields: ['module', 'main'],
    minify: true,
    splitting: false,
  });
  const file = join(root, '.cache', 'nesting.mjs');
  await mkdir(join(root, '.cache'), { recursive: true });
  await writeFile(file, scripts.get('/app.js') ?? '');

  const { stdout } = await promisify(execFile)(process.execPath, [file]);

  expect(JSON.parse(stdout)).toEqual(whole);
}, 60_000);

test.skipIf(!browser).each<[string, string, BuildOptions, NestingStyle, object]>([
  ['natively', 'page', {}, 'handle', whole],
  ['natively and minified', 'page', { minify: true }, 'handle', whole],
  ['natively, where a tool knows nothing of the SDK', 'page', {}, 'ambient', orphans],
  ['natively with zones, where a tool knows nothing of the SDK', 'zone-page', {}, 'ambient', orphans],
  ['to ES2016 with zones', 'zone-page', { target: 'es2016' }, 'handle', whole],
  ['to ES2016 with zones, where a tool knows nothing of the SDK', 'zone-page', { target: 'es2016' }, 'ambient', whole],
  ['to ES2016 without zones, where a tool knows nothing of the SDK', 'page', { target: 'es2016' }, 'ambient', orphans],
])(
  'in Chromium, built %s, spans are where the runtime can put them',
  async (_, entry, options, style, expected) => {
    const report = await reportOfPage(`test/nesting/${entry}.ts`, options, style);

    expect(report).toMatchObject(expected);
  },
  60_000,
);

test.each<[string, Parameters<typeof reportsOfWorker>[0], object]>([
  ['with async context', {}, whole],
  ['without async context', { compatibilityDate: '2024-09-01', compatibilityFlags: [] }, orphans],
])(
  'in workerd %s spans are where the runtime can put them',
  async (_, settings, expectedAmbient) => {
    const reports = await reportsOfWorker(settings);

    expect(reports.handle).toEqual(whole);
    expect(reports.ambient).toMatchObject(expectedAmbient);
  },
  60_000,
);

async function reportOfPage(entry: string, options: BuildOptions, style: NestingStyle): Promise<NestingReport> {
  const files = await pageOf(await bundleApp(entry, options));
  await using server = await servePublic({ script: [], files });
  const page = await browser?.newPage();
  if (!page) throw new Error('there is no browser');
  try {
    await page.goto(server.origin);
    await page.waitForFunction(() => 'runNesting' in globalThis);
    return await page.evaluate(
      (asked) =>
        (globalThis as unknown as { runNesting(style: NestingStyle): Promise<NestingReport> }).runNesting(asked),
      style,
    );
  } finally {
    await page.close();
  }
}

async function reportsOfWorker(settings: WorkerSettings): Promise<Record<NestingStyle, NestingReport>> {
  const worker = await startWorker('test/nesting/worker.ts', settings);
  const ask = async (style: NestingStyle) =>
    (await (await worker.fetch(`http://127.0.0.1/${style}`)).json()) as NestingReport;
  try {
    return { handle: await ask('handle'), ambient: await ask('ambient') };
  } finally {
    await worker.dispose();
  }
}
