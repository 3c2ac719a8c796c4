import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { parse } from 'acorn';
import { build } from 'esbuild';

/**
 * Makes the files that are not written by hand. `npm ci` (prepare) and a build run it, and before every vitest run its `setup`:
 * - src/executors/quickjs/guest-text.ts, the guest's side of the bridge as one text; kept in git, since types need it, and so not
 *   touched by tests, which fail when it is out of date;
 * - src/executors/quickjs/quickjs-hardened.wasm, the engine with its limits closed (not in git);
 * - src/executors/quickjs/engine-text.ts, the same engine as a text, for pages that do not find the file (not in git);
 * - src/runtimes/node/worker-thread.js, what a worker thread runs when the SDK runs from source (not in git);
 * - src/executors/sandbox-worker.js, what a Web Worker runs, in one file (not in git; shipped as it is);
 * - src/executors/worker-text.ts, the same as a text, for pages that do not find the file (not in git).
 */
const root = new URL('../', import.meta.url);
const WASM_SHA256 = 'd4c9375f2b1ca4dc95f72c8aa2982a7a9951ac8011490d79c6582df732b4bbd9';
const POLL_EVERY_10000 = Buffer.from([0x41, 0x90, 0xce, 0x00]); // i32.const 10000
const POLL_EVERY_16 = Buffer.from([0x41, 0x90, 0x80, 0x00]); // i32.const 16, as long
const POLL_PLACES = 4;
const MAX_PAGES = 544; // 34 MiB: the default 32 MiB of heap, and 2 MiB for the rest

export default async function setup() {
  const engine = harden(await readFile(packageWasm()));
  await write('src/executors/quickjs/quickjs-hardened.wasm', engine);
  await write(
    'src/executors/quickjs/engine-text.ts',
    textModule('engineText', 'quickjs-hardened.wasm, gzipped', gzipSync(engine, { level: 9 }).toString('base64')),
  );
  const worker = await bundle('src/executors/sandbox-worker.ts', { minify: true });
  await write('src/executors/sandbox-worker.js', worker);
  await write('src/executors/worker-text.ts', textModule('workerText', 'sandbox-worker.ts', worker));
  await write(
    'src/runtimes/node/worker-thread.js',
    await bundle('src/runtimes/node/worker-thread.ts', { packages: 'external' }),
  );
}

/** The guest's boot function as the text of a module that holds it in a string. */
export async function guestText() {
  const code = await bundle('src/executors/quickjs/guest/boot.ts', {
    format: 'iife',
    globalName: 'guest',
    minify: true,
  });
  const text = withoutTemplates(`(()=>{${code.trim()}return guest.boot})()`);
  return textModule('guestText', 'guest/boot.ts', text);
}

/**
 * The code with additions in place of templates: for a template the engine calls `String.prototype.concat`, which the model's
 * code may have replaced.
 * @param {string} code
 */
function withoutTemplates(code) {
  /** @type {import('acorn').TemplateLiteral[]} */
  const templates = []; // an outer one before those inside it
  /** @param {unknown} node */
  const visit = (node) => {
    if (typeof node !== 'object' || node === null) return;
    if ('type' in node && node.type === 'TemplateLiteral')
      templates.push(/** @type {import('acorn').TemplateLiteral} */ (node));
    for (const child of Object.values(node)) visit(child);
  };
  visit(parse(code, { ecmaVersion: 'latest' }));

  /** @param {number} start @param {number} end */
  const rewritten = (start, end) => {
    let text = '';
    let at = start;
    for (const template of templates) {
      if (template.start < at || template.end > end) continue;
      const parts = template.quasis.map(({ value }, index) => {
        const expression = template.expressions[index];
        return `${JSON.stringify(value.cooked)}${expression ? `+(${rewritten(expression.start, expression.end)})` : ''}`;
      });
      text += `${code.slice(at, template.start)}(${parts.join('+')})`;
      at = template.end;
    }
    return text + code.slice(at, end);
  };
  return rewritten(0, code.length);
}

/** A module that exports one text. @param {string} name @param {string} origin @param {string} text */
function textModule(name, origin, text) {
  return `// Made by scripts/generate.mjs from ${origin}. Do not edit.\nexport const ${name}: string = ${JSON.stringify(text)};\n`;
}

function packageWasm() {
  return createRequire(import.meta.url).resolve('quickjs-wasi/quickjs.wasm');
}

/**
 * The engine asks every 16 loops or calls whether it should stop, not every 10,000, and its memory has a declared maximum: its
 * own limit counts live bytes only. Throws when the bytes are not those that this was measured with.
 * @param {Uint8Array} original
 */
export function harden(original) {
  const sha256 = createHash('sha256').update(original).digest('hex');
  if (sha256 !== WASM_SHA256)
    throw new Error(`quickjs.wasm has SHA-256 ${sha256}, not ${WASM_SHA256}: measure anew before use`);
  const bytes = Buffer.from(original);
  let places = 0;
  for (let at = bytes.indexOf(POLL_EVERY_10000); at >= 0; at = bytes.indexOf(POLL_EVERY_10000, at + 1)) {
    POLL_EVERY_16.copy(bytes, at);
    places++;
  }
  if (places !== POLL_PLACES) throw new Error(`quickjs.wasm has ${places} poll counters, not ${POLL_PLACES}`);
  return withMaximum(bytes);
}

/** The module with `MAX_PAGES` as the maximum of its memory. Throws where it has another memory section than expected. @param {Buffer} bytes */
function withMaximum(bytes) {
  let at = 8;
  while (at < bytes.length) {
    const id = bytes[at];
    const size = readNumber(bytes, at + 1);
    if (id === 5) {
      const expected = Buffer.from([5, 3, 1, 0, 18]); // section, size, one memory, no maximum, 18 pages
      if (!bytes.subarray(at, at + 5).equals(expected)) throw new Error('quickjs.wasm has an unknown memory section');
      const section = Buffer.from([5, 5, 1, 1, 18, (MAX_PAGES & 127) | 128, MAX_PAGES >> 7]);
      return Buffer.concat([bytes.subarray(0, at), section, bytes.subarray(at + 5)]);
    }
    at = size.end + size.value;
  }
  throw new Error('quickjs.wasm has no memory section');
}

/** An unsigned LEB128 number and where it ends. @param {Buffer} bytes @param {number} start */
function readNumber(bytes, start) {
  let value = 0;
  let at = start;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes.readUInt8(at++);
    value |= (byte & 127) << shift;
    if (byte < 128) return { value, end: at };
  }
}

/** One file's text. @param {string} entry @param {import('esbuild').BuildOptions} options */
async function bundle(entry, options) {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(entry, root))],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    legalComments: 'none',
    logLevel: 'warning',
    ...options,
  });
  const [output] = outputFiles ?? [];
  if (!output) throw new Error(`${entry} gave no output`);
  return output.text;
}

/** Leaves a file alone that is already right, so that watchers do not start again. @param {string} path @param {string | Buffer} content */
async function write(path, content) {
  const file = fileURLToPath(new URL(path, root));
  const old = await readFile(file).catch(() => undefined);
  if (old?.equals(Buffer.from(content))) return;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await write('src/executors/quickjs/guest-text.ts', await guestText());
  await setup();
}
