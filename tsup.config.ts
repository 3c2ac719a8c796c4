import { copyFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { defineConfig, type Options } from 'tsup';
import { buildScriptTag } from './scripts/script-tag.mjs';
import { generateSources } from './scripts/setup.mjs';
import { buildViewerScript } from './scripts/viewer-script.mjs';

type EsbuildPlugin = NonNullable<Options['esbuildPlugins']>[number];

/**
 * Leaves every relative import as an import of the built file, so that `dist` has the shape of `src`: a lazy import
 * stays lazy, `new URL(..., import.meta.url)` finds the same neighbour, and a bundler drops whole files it does not need.
 */
const mirrorSource: EsbuildPlugin = {
  name: 'mirror-source',
  setup(build) {
    build.onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir, kind }) => {
      if (kind === 'entry-point') return;
      const isSource = existsSync(`${resolve(resolveDir, path)}.ts`);
      if (!isSource && !existsSync(resolve(resolveDir, path))) return { errors: [{ text: `${path} does not exist` }] };
      return { path: isSource ? `${path}.js` : path, external: true };
    });
  },
};

/** Source files of the doors, from the `types` of `exports` in package.json: only they get a `.d.ts`. */
function doors(): Record<string, string> {
  const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    exports: Record<string, { types?: string }>;
  };
  const names = Object.values(exports).flatMap(({ types }) => types?.match(/^\.\/dist\/(.+)\.d\.ts$/)?.[1] ?? []);
  return Object.fromEntries(names.map((name) => [name, `src/${name}.ts`]).filter(([, file]) => existsSync(file ?? '')));
}

function copyAssets(): void {
  for (const file of readdirSync('src', { recursive: true, encoding: 'utf8' })) {
    if (file.endsWith('.wasm') || file.endsWith('sandbox-worker.js'))
      copyFileSync(join('src', file), join('dist', file));
  }
}

export default defineConfig(async () => {
  await generateSources(); // some of them are entries
  return {
    entry: ['src/**/*.ts', '!src/executors/sandbox-worker.ts', '!src/**/script-tag.ts'], // which become one file each
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    clean: true,
    splitting: false, // nothing is shared but a helper of the compiler, which all files would import then
    sourcemap: true,
    removeNodeProtocol: false, // `node:` is what tells a bundler for pages that a file is not for it
    external: [/^#runtime$/, /^(node|cloudflare):/], // resolved where the package is used, by the conditions there
    esbuildPlugins: [mirrorSource],
    dts: {
      entry: doors(),
      compilerOptions: {
        ignoreDeprecations: '6.0', // tsup sets `baseUrl`, which TypeScript 6 refuses
        lib: ['ES2023', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable', 'ESNext.Disposable'], // of the viewer; the others do without
      },
      banner: '/// <reference lib="esnext.disposable" />', // for `AsyncDisposable`, whatever `lib` the app has set
    },
    onSuccess: async () => {
      copyAssets();
      await buildScriptTag();
      await buildViewerScript();
    },
  };
});
