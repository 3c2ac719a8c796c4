import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { transform } from 'esbuild';
import { beforeAll, expect, test } from 'vitest';
import { installProject } from '../../scripts/projects.mjs';
import { root } from '../../scripts/steps.mjs';
import type { AppFiles } from '../fakes/app-bundle';
import { startCollector } from '../fakes/collector';
import { nameTree } from '../fakes/name-tree';
import { programTree } from '../fakes/program-tree';
import { PROGRAM_SCRIPT, servePublic } from '../fakes/public-server';
import { savedPage } from '../fakes/saved-page';
import { filesOf } from '../fakes/served-folder';
import { answerPublicly, openBrowser } from '../fakes/web-runtimes';

const VIEWER = `
import { defineAgentTrace } from 'smolagents-web/trace-viewer';
defineAgentTrace();
document.body.append(Object.assign(document.createElement('agent-trace'), { id: 'viewer' }));
`;

let folder: string;
const builds = new Map<string, Promise<unknown>>();

beforeAll(async () => {
  folder = await installProject('bundled-page');
  const program = await readFile(join(root, 'test/program/design-program.ts'), 'utf8');
  const { code } = await transform(
    program
      .replace('new HfApiModel()', "new HfApiModel({ token: () => 'hf_test' })")
      .replace('await manager.run', 'document.title = await manager.run'),
    { loader: 'ts', format: 'esm' },
  );
  await writeFile(join(folder, 'main.js'), code);
  await writeFile(join(folder, 'viewer.js'), VIEWER);
}, 180_000);

test.each(['vite', 'esbuild', 'webpack'])(
  'the program built and minified by %s runs in a page, and its spans have their names',
  async (bundler) => {
    const built = await builtBy(bundler);
    const index = pageFor('main', built);
    await using collector = await startCollector();
    await using server = await servePublic({ script: PROGRAM_SCRIPT, files: { ...built, '/': index } });
    const browser = await openBrowser([`MAP localhost:6006 ${new URL(collector.origin).host}`]);
    if (!browser) return expect(process.env.CI).toBeUndefined();

    try {
      const page = await browser.newPage();
      await answerPublicly(page, server.origin);
      await page.goto(server.origin);
      await page.waitForFunction(() => document.title !== '');

      expect(await page.title()).toBe('25.1');
      await collector.received(programTree('GET').length);
      expect(nameTree(collector.requests.flatMap(({ spans }) => spans))).toEqual(programTree('GET'));
    } finally {
      await browser.close();
    }
  },
  240_000,
);

test.each(['vite', 'esbuild', 'webpack'])(
  'the viewer built by %s saves a run as a page that opens from disk',
  async (bundler) => {
    const built = await builtBy(bundler);
    const beside: AppFiles = bundler === 'esbuild' ? { '/whole-viewer.js': await wholeViewer() } : {}; // it copies no files
    await using server = await servePublic({
      script: PROGRAM_SCRIPT,
      files: { ...built, ...beside, '/': pageFor('viewer', built) },
    });
    const browser = await openBrowser();
    if (!browser) return expect(process.env.CI).toBeUndefined();

    try {
      const page = await browser.newPage();
      await page.goto(server.origin);
      const file = await readFile(join(root, 'demo/recordings/gdp.run.json'), 'utf8');
      await page.locator('#viewer').evaluate((viewer, text) => Object(viewer).load(text), file);
      const saved = await savedPage(page);
      await page.goto(`file://${saved}`);
      await page.locator('.chip', { hasText: 'Answered' }).waitFor();

      expect(await page.locator('.answer').textContent()).toBe('25.1');
    } finally {
      await browser.close();
    }
  },
  240_000,
);

/** What the bundler makes of both entries, made once. */
async function builtBy(bundler: string): Promise<AppFiles> {
  const building =
    builds.get(bundler) ?? promisify(execFile)(process.execPath, ['build.mjs', bundler], { cwd: folder });
  builds.set(bundler, building);
  await building;
  return filesOf(join(folder, bundler));
}

/** A page that runs the entry of this name, which bundlers name in their own ways. */
function pageFor(name: string, built: AppFiles) {
  const entry = Object.keys(built).find((path) => new RegExp(`^/(assets/)?${name}(-[\\w-]+)?\\.m?js$`).test(path));
  const body = `<!doctype html><body><script type="module" src="${entry}"></script></body>`;
  return { type: 'text/html', body };
}

async function wholeViewer() {
  return { type: 'text/javascript', body: await readFile(join(root, 'dist/trace-viewer/whole-viewer.js')) };
}
