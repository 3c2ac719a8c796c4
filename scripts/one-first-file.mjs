import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './steps.mjs';

const LAZY = 'lazy';
/** What is asked by this plugin itself. */
const OWN = 'own';

/**
 * A plugin that puts all of a page's first view in one file. The bundler would make twenty of it, one for each set of lazy parts
 * that share it, and a browser fetches six at once. Here each lazy part imports the page's script, which has run by then, and that
 * script all of the first view: so one and the same set of parts needs every piece of it.
 * @param {string} main the page's script @param {readonly string[]} firstView lazy parts that it shows at once; paths from the root
 * @returns {import('esbuild').Plugin}
 */
export function oneFirstFile(main, firstView) {
  const mainFile = join(root, main);
  const imported = (/** @type {string} */ file) => `import ${JSON.stringify(file)};\n`;
  return {
    name: 'one-first-file',
    setup({ onResolve, onLoad, resolve }) {
      onResolve({ filter: /^[./]/ }, async ({ path, kind, pluginData, ...from }) => {
        const isLazy = kind === 'dynamic-import' && !from.resolveDir.includes('node_modules');
        const isAdded = from.namespace === LAZY || from.importer === mainFile;
        if (pluginData === OWN || !(isLazy || isAdded)) return undefined;
        const found = await resolve(path, { kind, ...from, pluginData: OWN });
        if (found.errors.length > 0) return { errors: found.errors };
        return isLazy ? { path: found.path, namespace: LAZY } : { path: found.path, sideEffects: true };
      });
      onLoad({ filter: /./, namespace: LAZY }, ({ path }) => ({
        contents: `${imported(mainFile)}export * from ${JSON.stringify(path)};`,
        resolveDir: root,
      }));
      onLoad({ filter: /main\.ts$/ }, ({ path }) => {
        if (path !== mainFile) return undefined;
        const shown = firstView.map((file) => imported(join(root, file)));
        return { contents: shown.join('') + readFileSync(path, 'utf8'), loader: 'ts' };
      });
    },
  };
}
