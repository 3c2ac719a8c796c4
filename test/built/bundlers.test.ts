import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { transform } from 'esbuild';
import { beforeAll, expect, test } from 'vitest';
import { installProject } from '../../scripts/projects.mjs';
import { root } from '../../scripts/steps.mjs';
import { startCollector } from '../fakes/collector';
import { nameTree } from '../fakes/name-tree';
import { programTree } from '../fakes/program-tree';
import { PROGRAM_SCRIPT, servePublic } from '../fakes/public-server';
import { filesOf } from '../fakes/served-folder';
import { answerPublicly, openBrowser } from '../fakes/web-runtimes';

let folder: string;

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
}, 180_000);

test.each(['vite', 'esbuild', 'webpack'])(
  'the program built and minified by %s runs in a page, and its spans have their names',
  async (bundler) => {
    await promisify(execFile)(process.execPath, ['build.mjs', bundler], { cwd: folder });
    const built = filesOf(join(folder, bundler));
    const entry = Object.keys(built).find((path) => /^\/(assets\/)?main(-[\w-]+)?\.m?js$/.test(path));
    const index = { type: 'text/html', body: `<!doctype html><script type="module" src="${entry}"></script>` };
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
  120_000,
);
