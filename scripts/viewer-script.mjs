import { build } from 'esbuild';
import { root } from './steps.mjs';

/** The viewer's lazy parts stay the built files of its room. @type {import('esbuild').Plugin} */
const lazyBeside = {
  name: 'lazy-beside',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\// }, ({ path, kind }) =>
      kind === 'dynamic-import' ? { path: `./trace-viewer/${path.slice(2)}.js`, external: true } : undefined,
    );
  },
};

/** Writes `dist/trace-viewer.js`, one file that defines `<agent-trace>` for `<script type="module">`; no bundler needs it. */
export async function buildViewerScript() {
  await build({
    absWorkingDir: root,
    entryPoints: { 'trace-viewer': 'src/trace-viewer/script-tag.ts' },
    outdir: 'dist',
    bundle: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
    sourcemap: true,
    logLevel: 'error',
    plugins: [lazyBeside],
  });
}
