// Makes dist/smolagents-web.browser.js, for pages without a bundler, and its lazy parts in dist/browser.
import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { root } from './steps.mjs';

const FILE = 'smolagents-web.browser.js';
const NAME = FILE.replace(/\.js$/, '');
const PARTS = 'browser';
/** What the sandbox looks for beside the part that starts it. */
const BESIDE = ['executors/sandbox-worker.js', 'executors/quickjs/quickjs-hardened.wasm'];

/** @typedef {import('rolldown').OutputChunk} Chunk */

/** Writes the files and, as an import map, their hashes; prints how large the first one is, and its hash. */
export async function buildScriptTag() {
  const dist = join(root, 'dist');
  rmSync(join(dist, PARTS), { recursive: true, force: true });
  const modules = firstModules(await bundle({}));
  const groups = [{ debugName: NAME, name: (/** @type {string} */ id) => (modules.has(id) ? NAME : null) }];
  const chunks = await bundle({ dir: dist, codeSplitting: { groups } });
  for (const file of BESIDE) copyFileSync(join(root, 'src', file), join(dist, PARTS, file.replace(/^.*\//, '')));
  const hashes = chunks.map(({ fileName }) => [`./dist/${fileName}`, integrityOf(readFileSync(join(dist, fileName)))]);
  const map = { integrity: Object.fromEntries(hashes) };
  writeFileSync(join(dist, `${NAME}.integrity.json`), `${JSON.stringify(map, null, 1)}\n`);
  const first = readFileSync(join(dist, FILE));
  const kilobytes = (gzipSync(first, { level: 9 }).length / 1000).toFixed(1);
  console.log(`dist/${FILE}: ${kilobytes} KB gzipped, integrity="${integrityOf(first)}"`);
}

/** What a browser compares a file with. @param {Uint8Array} bytes */
export function integrityOf(bytes) {
  return `sha384-${createHash('sha384').update(bytes).digest('base64')}`;
}

/**
 * Bundles the sources: with `dir` on disk, else only to see what goes where.
 * @param {Pick<import('rolldown').OutputOptions, 'dir' | 'codeSplitting'>} output
 * @returns {Promise<Chunk[]>}
 */
async function bundle(output) {
  const build = await rolldown({
    cwd: root,
    input: { [NAME]: 'src/runtimes/script-tag.ts' },
    platform: 'browser',
    tsconfig: false, // its paths are for the type checker
    resolve: { alias: { '#runtime': join(root, 'src', 'runtimes', 'browser.ts') } },
    external: [/sandbox-worker\.js$/], // a file beside the parts, not a module of them
    treeshake: { moduleSideEffects: false },
    preserveEntrySignatures: 'allow-extension',
    checks: { ineffectiveDynamicImport: false }, // `#runtime` is one module here
  });
  const options = {
    ...output,
    format: /** @type {const} */ ('esm'),
    minify: true,
    entryFileNames: '[name].js',
    chunkFileNames: `${PARTS}/[name]-[hash].js`,
  };
  const made = await (output.dir ? build.write(options) : build.generate(options));
  await build.close();
  return made.output.filter((file) => file.type === 'chunk');
}

/** Modules that load with the first file, which rolldown would spread over several. @param {Chunk[]} chunks */
function firstModules(chunks) {
  const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
  /** @type {Set<string>} */
  const seen = new Set();
  const reach = (/** @type {string} */ name) => {
    if (seen.has(name)) return;
    seen.add(name);
    byName.get(name)?.imports.forEach(reach);
  };
  reach(FILE);
  return new Set([...seen].flatMap((name) => byName.get(name)?.moduleIds ?? []));
}
