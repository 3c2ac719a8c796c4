import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { root } from '../../scripts/steps.mjs';

/** What the sandbox looks for beside the script, by its name in `dist/executors`. */
const SANDBOX_FILES = { 'quickjs/quickjs-hardened.wasm': 'application/wasm', 'sandbox-worker.js': 'text/javascript' };

/** Files of a page that runs a script, by path, as `servePublic` serves them. */
export type AppFiles = Record<string, { type: string; body: string | Uint8Array }>;

/** The script `entry` bundled on the built package, in one file or, where it loads parts lazily, in several. */
export async function bundleApp(entry: string, options: BuildOptions = {}): Promise<Map<string, Uint8Array>> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: { app: entry },
    bundle: true,
    splitting: true,
    write: false,
    outdir: '/',
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    tsconfigRaw: {}, // else the paths of tsconfig.json would lead to the sources
    logLevel: 'error',
    ...options,
  });
  return new Map((outputFiles ?? []).map(({ path, contents }) => [path, contents]));
}

/** A page that runs the script, with the sandbox's files beside it, of the package as it is built or of the sources. */
export async function pageOf(
  scripts: ReadonlyMap<string, Uint8Array>,
  from: 'dist' | 'src' = 'dist',
): Promise<AppFiles> {
  return {
    '/': { type: 'text/html', body: '<!doctype html><script type="module" src="/app.js"></script>' },
    ...(await sandboxFiles(from)),
    ...Object.fromEntries([...scripts].map(([path, body]) => [path, { type: 'text/javascript', body }])),
  };
}

/** The files that a bundler which knows `new URL(..., import.meta.url)` puts beside the script. */
async function sandboxFiles(from: 'dist' | 'src'): Promise<AppFiles> {
  const files = Object.entries(SANDBOX_FILES).map(async ([file, type]) => {
    const body = await readFile(join(root, from, 'executors', file));
    return [`/${basename(file)}`, { type, body }] as const;
  });
  return Object.fromEntries(await Promise.all(files));
}
