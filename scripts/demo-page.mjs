// `npm run page`: builds demo/page for demo/public, where the worker serves it from.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { basename, extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { buildPackage } from './build.mjs';
import { oneFirstFile } from './one-first-file.mjs';
import { changedAt, installDependencies } from './setup.mjs';
import { root } from './steps.mjs';

const FOLDER = join(root, 'demo', 'public', 'page');
const MAIN = 'demo/page/main.ts';
const PAGE = join(root, 'demo', 'public', 'index.html');
/** What the viewer fetches for the recorded run that a first visit shows. */
const FIRST_VIEW = ['rows/read-trace', 'narrowed', 'details-pane', 'details-sheet', 'band', 'whole/idle-gaps'].map(
  (name) => `dist/trace-viewer/${name}.js`,
);
const RECORDINGS = ['demo/recordings/gdp.run.json', 'demo/recordings/failing-page.run.json'];
/** What the sandbox, and the viewer to save a page, look for beside the scripts. */
const BESIDE = [
  'dist/executors/sandbox-worker.js',
  'dist/executors/quickjs/quickjs-hardened.wasm',
  'dist/trace-viewer/whole-viewer.js',
];

/** Builds it where it is missing or older than what it is made from. Needs the built package. */
export async function buildDemoPage() {
  if (existsSync(PAGE) && existsSync(FOLDER) && changedAt(PAGE) >= newest()) return;
  const { build } = await import('esbuild'); // there only now on a fresh clone
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  for (const file of BESIDE) copyFileSync(join(root, file), join(FOLDER, file.replace(/^.*\//, '')));
  for (const file of RECORDINGS) {
    const recording = JSON.parse(readFileSync(join(root, file), 'utf8'));
    recording.exchanges = await exchangesOfPage(recording);
    writeFileSync(join(FOLDER, basename(file)), JSON.stringify(recording));
  }
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [MAIN, 'demo/page/signed-in.ts'],
    metafile: true,
    plugins: [oneFirstFile(MAIN, FIRST_VIEW)],
    bundle: true,
    splitting: true,
    minify: true,
    outdir: FOLDER,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    tsconfigRaw: {}, // else the paths of tsconfig.json would lead to the sources
    logLevel: 'error',
  });
  const links = scriptsOfFirstView(metafile).map((file) => `<link rel="modulepreload" href="${file}">`);
  const page = readFileSync(join(root, 'demo', 'page', 'index.html'), 'utf8');
  writeFileSync(PAGE, page.replace(/<!-- here the build .+? -->/, links.join('\n    ')));
}

/** Addresses of the scripts of the first view: named in the page they come at once. @param {import('esbuild').Metafile} metafile */
function scriptsOfFirstView({ outputs }) {
  const entries = [MAIN, ...FIRST_VIEW];
  const first = new Set(
    Object.keys(outputs).filter((file) => entries.some((entry) => outputs[file]?.entryPoint?.endsWith(entry))),
  );
  if (first.size < entries.length)
    throw new Error(`not each of ${entries.join(', ')} has a script of its own in the page`);
  for (const file of first) // which grows meanwhile
    for (const { kind, path } of outputs[file]?.imports ?? []) if (kind === 'import-statement') first.add(path);
  const largestFirst = [...first].sort((a, b) => (outputs[b]?.bytes ?? 0) - (outputs[a]?.bytes ?? 0));
  return largestFirst.map((file) => file.replace('demo/public', '')).filter((file) => file !== '/page/main.js');
}

/** What the worker sends along with its files. @type {Readonly<Record<string, string>>} */
const TYPES = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

/**
 * Serves the page as the worker does, its headers too, on loopback: for tests, figures and pictures.
 * @param {import('node:http').RequestListener} [others] answers what is no file of the page
 * @param {{ gzip?: boolean }} [options] `gzip`: sends files compressed, as hosts on the internet do and `npm start` does not
 */
export async function serveDemoPage(
  others = (_, response) => void response.writeHead(404).end(),
  { gzip = false } = {},
) {
  await buildDemoPage();
  const files = readFolder(join(FOLDER, '..'), gzip ? gzipSync : (body) => body);
  const told = readFileSync(join(FOLDER, '..', '_headers'), 'utf8');
  const headers = {
    ...Object.fromEntries(Array.from(told.matchAll(/^ {2}([\w-]+): (.+)$/gm), ([, name, value]) => [name, value])),
    ...(gzip && { 'content-encoding': 'gzip' }),
  };
  const server = createServer((request, response) => {
    const path = (request.url ?? '').replace(/[?#].*$/s, '').replace(/\/$/, '/index.html');
    const body = files.get(path);
    if (!body) return others(request, response);
    response.writeHead(200, { ...headers, 'content-type': TYPES[extname(path)] }).end(body);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = server.address();
  return {
    origin: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** @param {string} folder @param {(body: Buffer) => Buffer} toSent @returns {Map<string, Buffer>} */
function readFolder(folder, toSent) {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => extname(path) in TYPES);
  return new Map(paths.map((path) => [`/${path.replaceAll('\\', '/')}`, toSent(readFileSync(join(folder, path)))]));
}

/**
 * What the page's web tools ask for, and what the worker answers: a page reads the web through `/search` and `/visit` of its
 * origin, while the recorded program read it itself. The worker is the real one; what it reads is in the recording.
 * @param {import('smolagents-web/testing').RunFile} recording
 */
async function exchangesOfPage(recording) {
  const { agentWorker } = await import('../dist/worker/index.js');
  const { readRunFile, recordedParts } = await import('../dist/testing/index.js');
  const { fetch: recorded, model } = recordedParts(readRunFile(recording));
  const { ToolCallingAgent } = await import('../dist/index.js');
  const agents = { none: () => new ToolCallingAgent({ tools: [], model }) };
  const runs = { binding: /** @type {const} */ (false) };
  const worker = agentWorker({ agents, model: () => model, auth: 'none', web: true, runs, fetch: recorded });
  const exchanges = [];
  for (const url of recording.toolResults.flatMap(({ call }) => addressesOf(call))) {
    const reply = await worker.fetch(new Request(`http://page.example${url}`), {});
    const headers = { 'content-type': reply.headers.get('content-type') ?? '' };
    exchanges.push({ method: 'GET', url, status: reply.status, headers, body: await reply.text() });
  }
  return exchanges;
}

/** @param {import('smolagents-web').ToolCall} call @returns {string[]} */
function addressesOf({ name, arguments: given }) {
  const { query, url } = Object(given);
  if (name === 'web_search') return [`/search?${new URLSearchParams({ q: query })}`];
  return name === 'visit_webpage' ? [`/visit?${new URLSearchParams({ url })}`] : [];
}

const MAKERS = ['dist/index.js', 'scripts/demo-page.mjs', 'scripts/one-first-file.mjs'];

function newest() {
  const sources = readdirSync(join(root, 'demo', 'page')).map((name) => join(root, 'demo', 'page', name));
  return Math.max(
    ...[...sources, ...[...BESIDE, ...RECORDINGS, ...MAKERS].map((file) => join(root, file))].map(changedAt),
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await installDependencies();
  await buildPackage();
  await buildDemoPage();
}
