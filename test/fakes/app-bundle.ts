import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { root } from '../../scripts/steps.mjs';

const ENGINE = '/executors/quickjs/quickjs-hardened.wasm'; // where a script at the top looks for it

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

/** A page that runs the script, with the sandbox's engine beside it. */
export async function pageOf(scripts: ReadonlyMap<string, Uint8Array>): Promise<AppFiles> {
  return {
    '/': { type: 'text/html', body: '<!doctype html><script type="module" src="/app.js"></script>' },
    [ENGINE]: { type: 'application/wasm', body: await readFile(join(root, 'dist', ENGINE)) },
    ...Object.fromEntries([...scripts].map(([path, body]) => [path, { type: 'text/javascript', body }])),
  };
}
