import { fileURLToPath } from 'node:url';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** Tests of sources use the package by its own name, too; `#runtime` is what the package's user would get by conditions. */
const sources = (runtime: 'node' | 'browser') => ({
  alias: [
    { find: '#runtime', replacement: path(`./src/runtimes/${runtime}.ts`) },
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

const DOM = 'test/**/*.dom.test.ts';
const PAGE = 'test/**/*.browser.test.ts';
/** What is tested as it is built and published; vitest builds it first where it is out of date. */
const BUILT = ['test/built/**/*.test.ts', 'test/workerd/**/*.test.ts'];

export default defineConfig({
  test: {
    projects: [
      {
        resolve: sources('node'),
        test: {
          name: 'node',
          include: ['test/**/*.test.ts'],
          exclude: [DOM, PAGE, ...BUILT],
          typecheck: { enabled: true, tsconfig: 'tsconfig.node.json', include: ['test/**/*.test-d.ts'] },
        },
      },
      { resolve: sources('browser'), test: { name: 'happy-dom', include: [DOM], environment: 'happy-dom' } },
      {
        resolve: sources('browser'),
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
      { test: { name: 'built', include: BUILT, globalSetup: 'scripts/setup.mjs', testTimeout: 30_000 } },
    ],
  },
});
