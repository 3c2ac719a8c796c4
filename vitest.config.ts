import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: '#runtime', replacement: path('./src/runtimes/node.ts') },
      { find: 'smolagents-web/testing', replacement: path('./src/testing/index.ts') },
      { find: /^smolagents-web$/, replacement: path('./src/index.ts') },
    ],
  },
  test: {
    globalSetup: ['./scripts/generate.mjs'],
    projects: [{ extends: true, test: { name: 'node', include: ['test/**/*.test.ts'], exclude: ['test/**/*.browser.test.ts'] } }],
  },
});
