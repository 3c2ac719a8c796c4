import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const path = (relative: string) => fileURLToPath(new URL(`../../${relative}`, import.meta.url));

/**
 * What a program printed that ran in a Node of its own. Its imports are relative to `src/runtimes`; its first two arguments
 * are the paths of the engine and of the thread's file. Rejects when it fails, or does not exit by itself in 100 seconds.
 */
export async function nodeProgram(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: path('src/runtimes'), loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    alias: { '#runtime': path('src/runtimes/node.ts') },
  });
  const file = join(path('node_modules'), `.program-${crypto.randomUUID()}.mjs`); // inside, so that it finds the packages
  await writeFile(file, outputFiles[0]?.text ?? '');
  const own = [path('src/executors/quickjs/quickjs-hardened.wasm'), path('src/runtimes/node/worker-thread.js')];
  try {
    return await new Promise<string>((resolve, reject) => {
      execFile(process.execPath, [file, ...own], { timeout: 100_000, cwd: tmpdir() }, (error, stdout) =>
        error ? reject(error) : resolve(stdout),
      );
    });
  } finally {
    await rm(file);
  }
}
