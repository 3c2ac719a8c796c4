import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { BuildOptions } from 'esbuild';
import { afterAll, expect, test } from 'vitest';
import { installLocked } from '../../scripts/projects.mjs';
import { root } from '../../scripts/steps.mjs';
import { bundleApp, pageOf } from '../fakes/app-bundle';
import { servePublic } from '../fakes/public-server';
import { openBrowser, startWorker, type WorkerSettings } from '../fakes/web-runtimes';
import { type NestingReport, type NestingStyle, runNesting } from '../nesting/nesting';

const browser = await openBrowser();
afterAll(() => browser?.close());

const SPANS = 4 * (6 + 2 * (6 + 2 * 4)); // runs, of a manager and two agents with two tools
const whole = { spans: SPANS, right: SPANS, traces: 4, wrong: [] };
const inRuntimes = async (path: string) =>
  join(await installLocked(join(root, 'test/nesting/runtimes')), 'node_modules', path);
const OTHER_RUNTIMES: [string, () => Promise<[string, ...string[]]>][] = [
  ['Bun', async () => [await inRuntimes('@oven/bun-linux-x64/bin/bun')]],
  ['Deno', async () => [await inRuntimes('@deno/linux-x64-glibc/deno'), 'run', '--allow-all']],
];
/** What an app opens after an `await` begins a trace of its own: `own` and `nested` of each tool. */
const LOST = 4 * 2 * 2 * 2;
const orphans = { spans: SPANS, right: SPANS - LOST, traces: 4 + LOST };

test.each(['handle', 'ambient', 'generator'] as const)(
  'in Node every span of %s style is where it belongs',
  async (style) => {
    const report = await runNesting(style);

    expect(report).toEqual(whole);
  },
);

const isLinux = process.platform === 'linux' && process.arch === 'x64'; // what the lock file of the runtimes names

test.each<[string, () => Promise<[string, ...string[]]>]>([
  ['Node', async () => [process.execPath]],
  ...(isLinux ? OTHER_RUNTIMES : []),
])(
  'in %s, from a minified build, every span is where it belongs',
  async (_, commandOf) => {
    const file = await bundledProgram();
    const [command, ...args] = await commandOf();

    const { stdout } = await promisify(execFile)(command, [...args, file]);

    expect(JSON.parse(stdout)).toEqual({ handle: whole, ambient: whole, generator: whole });
  },
  180_000,
);

test.skipIf(!browser).each<[string, string, BuildOptions, NestingStyle, object]>([
  ['natively', 'page', {}, 'handle', whole],
  ['natively and minified', 'page', { minify: true }, 'handle', whole],
  ['natively, where a tool is a generator', 'page', {}, 'generator', whole],
  ['natively, where a tool knows nothing of the SDK', 'page', {}, 'ambient', orphans],
  ['natively with zones, where a tool knows nothing of the SDK', 'zone-page', {}, 'ambient', orphans],
  ['natively with zones', 'zone-page', {}, 'handle', whole],
  ['natively with zones, where a tool is a generator', 'zone-page', {}, 'generator', whole],
  ['to ES2016 with zones', 'zone-page', { target: 'es2016' }, 'handle', whole],
  ['to ES2016 with zones, where a tool knows nothing of the SDK', 'zone-page', { target: 'es2016' }, 'ambient', whole],
  ['to ES2016 with zones, where a tool is a generator', 'zone-page', { target: 'es2016' }, 'generator', whole],
  ['to ES2016 without zones', 'page', { target: 'es2016' }, 'handle', whole],
  ['to ES2016 without zones, where a tool is a generator', 'page', { target: 'es2016' }, 'generator', whole],
  ['to ES2016 without zones, where a tool knows nothing of the SDK', 'page', { target: 'es2016' }, 'ambient', orphans],
])('in Chromium, built %s, spans are where the runtime can put them', async (_, entry, options, style, expected) => {
  const report = await reportOfPage(`test/nesting/${entry}.ts`, options, style);

  expect(report).toMatchObject(expected);
});

test.skipIf(!browser)(
  'in Chromium a build to ES2016 whose helper of async functions keeps the context needs no zones',
  async () => {
    const scripts = await bundleApp('test/nesting/helper-page.ts', { target: 'es2016' });
    const helped = new Map([...scripts].map(([path, script]) => [path, withHelper(script)]));

    const report = await reportOf(helped, 'ambient');

    expect(report).toEqual(whole);
  },
);

test.each<[string, Parameters<typeof reportsOfWorker>[0], object]>([
  ['with async context', {}, whole],
  ['without async context', { compatibilityDate: '2024-09-01', compatibilityFlags: [] }, orphans],
])('in workerd %s spans are where the runtime can put them', async (_, settings, expectedAmbient) => {
  const reports = await reportsOfWorker(settings);

  expect(reports.handle).toEqual(whole);
  expect(reports.generator).toEqual(whole);
  expect(reports.ambient).toMatchObject(expectedAmbient);
});

let program: Promise<string> | undefined;

/** The file of a program that prints its reports, bundled as for Node, whose conditions the others take as well. */
function bundledProgram(): Promise<string> {
  program ??= (async () => {
    const scripts = await bundleApp('test/nesting/node-program.ts', {
      platform: 'node',
      mainFields: ['module', 'main'],
      minify: true,
      splitting: false,
    });
    const file = join(root, '.cache', 'nesting.mjs');
    await mkdir(join(root, '.cache'), { recursive: true });
    await writeFile(file, scripts.get('/app.js') ?? '');
    return file;
  })();
  return program;
}

async function reportOfPage(entry: string, options: BuildOptions, style: NestingStyle): Promise<NestingReport> {
  return reportOf(await bundleApp(entry, options), style);
}

/** The script with esbuild's helper for `await` made to enter what was ambient where the async function was called. */
function withHelper(script: Uint8Array): Uint8Array {
  return new TextEncoder().encode(
    new TextDecoder()
      .decode(script)
      .replace(
        /(var __async = \(__this, __arguments, generator\) => \{)/,
        '$1\n  const enter = globalThis.keepContext?.() ?? ((body) => body());',
      )
      .replace(/step\(generator\.(next|throw)\(value\)\)/g, 'step(enter(() => generator.$1(value)))'),
  );
}

async function reportOf(scripts: ReadonlyMap<string, Uint8Array>, style: NestingStyle): Promise<NestingReport> {
  const files = await pageOf(scripts);
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
    return { handle: await ask('handle'), ambient: await ask('ambient'), generator: await ask('generator') };
  } finally {
    await worker.dispose();
  }
}
