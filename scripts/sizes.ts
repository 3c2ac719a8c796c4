// Prints what each door of the built package costs a page, minified and gzipped, and fails above the budgets below.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { root } from './steps.mjs';

/** Gzipped kilobytes (1,000 bytes) that a page loads before it runs a line: the door and all that it imports statically. */
const BUDGETS: Readonly<Record<string, number>> = {
  '.': 60,
  './telemetry': 40,
  './zone': 20,
  './testing': 16,
  './worker': 75,
  './trace-viewer': 16,
};
/** The same of our own code behind `./telemetry`, in a page that has the front door anyway. */
const OWN_TELEMETRY_BUDGET = 12;

/** One file of the bundled door. */
interface Chunk {
  gzipped: number;
  /** Chunks that are loaded with it. */
  imports: string[];
  /** What it holds, as people know it. */
  name: string;
}

const { exports } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  exports: Record<string, { default?: string }>;
};
for (const [door, { default: file }] of Object.entries(exports)) {
  if (!file) continue; // package.json itself
  const chunks = await bundle([file]);
  const first = reached(pathOf(file), chunks);
  const size = sizeOf(first, chunks);
  const budget = BUDGETS[door] ?? 0;
  console.log(`${door}: ${kilobytes(size)} gzipped at once, of at most ${budget} KB`);
  for (const [path, { name, gzipped }] of chunks) {
    if (!first.includes(path)) console.log(`  on first use: ${name} ${kilobytes(gzipped)}`);
  }
  if (size > budget * 1000) process.exitCode = 1;
}

await measureOwnTelemetry('./dist/index.js', './dist/telemetry/index.js');

/** What telemetry adds beside the packages of OpenTelemetry, which are left out: to a page with the front door, and to one without. */
async function measureOwnTelemetry(front: string, door: string): Promise<void> {
  const external = ['@opentelemetry/*'];
  const both = await bundle([front, door], external);
  const atFront = reached(pathOf(front), both);
  const own = sizeOf(
    reached(pathOf(door), both).filter((path) => !atFront.includes(path)),
    both,
  );
  const single = await bundle([door], external);
  const alone = sizeOf(reached(pathOf(door), single), single);
  console.log(
    `./telemetry, own code beside OpenTelemetry: ${kilobytes(own)} gzipped at once, of at most ${OWN_TELEMETRY_BUDGET} KB, ` +
      `with the front door; ${kilobytes(alone)} alone`,
  );
  if (own > OWN_TELEMETRY_BUDGET * 1000) process.exitCode = 1;
}

function pathOf(file: string): string {
  return file.replace(/^\.\/dist/, 'sizes');
}

function sizeOf(paths: readonly string[], chunks: Map<string, Chunk>): number {
  return paths.reduce((sum, path) => sum + (chunks.get(path)?.gzipped ?? 0), 0);
}

/** The chunks of built doors, by path, as a bundler for pages makes them. */
async function bundle(files: string[], external: string[] = []): Promise<Map<string, Chunk>> {
  const { metafile, outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: files,
    external,
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    tsconfigRaw: {}, // else the paths of tsconfig.json would lead `#runtime` to the sources
    loader: { '.wasm': 'file' },
    outdir: 'sizes',
    outbase: 'dist',
    write: false,
    metafile: true,
    logLevel: 'error',
  });
  return new Map(
    Object.entries(metafile.outputs).map(([path, { entryPoint, inputs, imports }]) => {
      const contents = outputFiles.find((output) => output.path.replaceAll('\\', '/').endsWith(`/${path}`))?.contents;
      if (!contents) throw new Error(`esbuild wrote no ${path}`);
      const name = entryPoint ?? `shared, with ${Object.keys(inputs)[0]}`;
      const chunk: Chunk = {
        gzipped: gzipSync(contents, { level: 9 }).length,
        imports: imports
          .filter(({ kind, external }) => kind === 'import-statement' && !external)
          .map(({ path }) => path),
        name: name.replace(/node_modules\/((@[^/]+\/)?[^/]+).*$/, '$1'),
      };
      return [path, chunk];
    }),
  );
}

/** A chunk and all that is loaded with it. */
function reached(path: string, chunks: Map<string, Chunk>, seen: string[] = []): string[] {
  const chunk = chunks.get(path);
  if (!chunk) throw new Error(`There is no chunk ${path}, only ${[...chunks.keys()].join(', ')}`);
  if (seen.includes(path)) return seen;
  seen.push(path);
  for (const next of chunk.imports) reached(next, chunks, seen);
  return seen;
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} KB`;
}
