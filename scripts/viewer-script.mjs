import { build } from 'esbuild';
import { root } from './steps.mjs';

/** Writes `dist/trace-viewer.js`, which defines `<agent-trace>` for `<script type="module">`, and its lazy parts beside the room's files. */
export async function buildViewerScript() {
  await build({
    absWorkingDir: root,
    entryPoints: { 'trace-viewer': 'src/trace-viewer/script-tag.ts' },
    outdir: 'dist',
    chunkNames: 'trace-viewer/script-tag/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
    sourcemap: true,
    logLevel: 'error',
  });
}
