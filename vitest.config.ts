import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig, type UserWorkspaceConfig } from 'vitest/config';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** Tests of sources use the package by its own name, too; `#runtime` is what the package's user would get by conditions. */
const sources = (runtime: 'node' | 'browser') => ({
  alias: [
    { find: '#runtime', replacement: path(`./src/runtimes/${runtime}.ts`) },
    { find: 'smolagents-web/zone', replacement: path('./src/telemetry/zone.ts') },
    { find: /^smolagents-web\/(.+)$/, replacement: path('./src/$1/index.ts') },
    { find: /^smolagents-web$/, replacement: path('./src/index.ts') },
  ],
});

const chromium = playwright({
  launchOptions: {
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  },
});

const { dependencies } = JSON.parse(readFileSync(path('./package.json'), 'utf8')) as {
  dependencies: Record<string, string>;
};

const DOM = 'test/**/*.dom.test.ts';
const PAGE = 'test/**/*.browser.test.ts';
/** What is tested as it is built and published; vitest builds it first where it is out of date. */
const BUILT = ['test/built/**/*.test.ts', 'test/workerd/**/*.test.ts'];
/** What is sent to programs of others: a real Phoenix and a real Rotel, started once for all of these. */
const RECEIVERS = 'test/receivers/**/*.test.ts';

const projects: (UserWorkspaceConfig & { test: { name: string } })[] = [
  {
    resolve: sources('node'),
    test: {
      name: 'node',
      include: ['test/**/*.test.ts'],
      exclude: [DOM, PAGE, RECEIVERS, ...BUILT],
      typecheck: { enabled: true, tsconfig: 'tsconfig.node.json', include: ['test/**/*.test-d.ts'] },
    },
  },
  { resolve: sources('browser'), test: { name: 'happy-dom', include: [DOM], environment: 'happy-dom' } },
  {
    resolve: sources('browser'),
    optimizeDeps: { include: [...Object.keys(dependencies), 'axe-core'] }, // one found only later would reload the page during a test
    test: {
      name: 'chromium',
      include: [PAGE],
      browser: {
        enabled: true,
        headless: true,
        screenshotFailures: false,
        provider: chromium,
        instances: [{ browser: 'chromium' }],
      },
    },
  },
  {
    resolve: sources('node'),
    test: {
      name: 'receivers',
      include: [RECEIVERS],
      globalSetup: ['scripts/build.mjs', 'scripts/receivers/setup.mjs'],
    },
  },
  {
    test: {
      name: 'built',
      include: BUILT,
      globalSetup: 'scripts/build.mjs',
      env: { WRANGLER_LOG_PATH: path('./node_modules/.cache/wrangler') }, // else in the home folder
    },
  },
];

/**
 * How long a test, and what is set up for it, may take, in milliseconds: none is slower for it, and what hangs is told all the
 * same. A machine that does other things as well may be ten times as slow as this one at rest.
 */
const patience = { testTimeout: 120_000, hookTimeout: 120_000, expect: { poll: { timeout: 60_000 } } };

/** Names of projects to leave out, with blanks between them; `scripts/test.mjs` sets it. */
const without = process.env.WITHOUT?.split(' ') ?? [];

export default defineConfig({
  test: {
    globalSetup: 'scripts/setup.mjs',
    projects: projects
      .filter(({ test }) => !without.includes(test.name))
      .map((project) => ({ ...project, test: { ...patience, ...project.test } })),
  },
});
