import { build } from 'esbuild';
import { root } from './steps.mjs';

/** @type {import('esbuild').BuildOptions} */
const options = {
  absWorkingDir: root,
  outdir: 'dist',
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  logLevel: 'error',
};

/**
 * Writes `dist/trace-viewer.js`, which defines `<agent-trace>` for `<script type="module">`, its lazy parts beside the
 * room's files, and `whole-viewer.js` there: the same in one piece, for pages that a run is saved as.
 */
export async function buildViewerScript() {
  const entry = 'src/trace-viewer/script-tag.ts';
  const chunkNames = 'trace-viewer/[name]-[hash]'; // where `whole-viewer.js` is, whose address they tell from their own
  await build({ ...options, entryPoints: { 'trace-viewer': entry }, chunkNames, splitting: true, sourcemap: true });
  await build({ ...options, entryPoints: { 'trace-viewer/whole-viewer': entry } });
}
