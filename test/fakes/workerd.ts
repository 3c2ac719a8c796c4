import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { root } from '../../scripts/steps.mjs';

/** The runtime that the pinned wrangler brings. */
const ofWrangler = createRequire(createRequire(import.meta.url).resolve('wrangler'));
const WORKERD = createRequire(ofWrangler.resolve('miniflare'))('workerd').default as string;

const GIVE_UP_MS = 240_000;

/** A workerd by itself, without what `wrangler dev` puts before it: it can be killed, and comes again on the same storage. */
export interface Workerd extends AsyncDisposable {
  readonly origin: string;
  /**
   * One request on a connection of its own: workerd closes those that were idle, and a client that kept one may then lose a
   * request. Gives up after four minutes: a busy machine may need some for a thousand runs.
   */
  ask(path: string, asked?: Asked): Promise<{ status: number; text: string }>;
  /** What the process has in memory, in bytes; its growth is told as it is. */
  memory(): Promise<number>;
  /** Ends the process at once (SIGKILL) and starts another one on its storage. */
  restart(): Promise<void>;
}

/**
 * Starts the worker `entry`, bundled on the built package, with its objects `AgentRunObject` stored in `folder`. What it fetches
 * goes through `proxy` (`127.0.0.1:PORT`) where there is one.
 */
export async function startWorkerd(
  entry: string,
  folder: string,
  { env = {}, proxy }: Partial<Pick<Place, 'env' | 'proxy'>> = {},
): Promise<Workerd> {
  const port = await freePort();
  await writeConfig(entry, folder, { port, env, proxy });
  let child = await serve(folder, port);
  return {
    origin: `http://127.0.0.1:${port}`,
    ask: (path, asked) => ask(port, path, asked),
    memory: async () =>
      Number(/^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${child.pid}/status`, 'utf8'))?.[1]) * 1024,
    restart: async () => {
      await end(child);
      child = await serve(folder, port);
    },
    [Symbol.asyncDispose]: () => end(child),
  };
}

interface Place {
  objects: string;
  port: number;
  /** Variables of the worker. */
  env: Readonly<Record<string, string>>;
  proxy?: string | undefined;
}

async function writeConfig(entry: string, folder: string, place: Omit<Place, 'objects'>): Promise<void> {
  await mkdir(join(folder, 'objects'), { recursive: true });
  const assets: string[] = [];
  await build({
    absWorkingDir: root,
    entryPoints: { worker: entry },
    bundle: true,
    outdir: folder,
    format: 'esm',
    platform: 'browser',
    conditions: ['workerd', 'worker', 'browser'], // as wrangler bundles
    target: 'es2022',
    external: ['cloudflare:*', 'node:*'],
    tsconfigRaw: {}, // else the paths of tsconfig.json would lead to the sources
    logLevel: 'error',
    plugins: [
      {
        name: 'wasm beside the script',
        setup: ({ onResolve }) =>
          onResolve({ filter: /\.wasm$/ }, ({ path, resolveDir }) => {
            assets.push(join(resolveDir, path));
            return { path: `./${basename(path)}`, external: true };
          }),
      },
    ],
  });
  for (const asset of assets) await writeFile(join(folder, basename(asset)), await readFile(asset));

  const modules = [
    '(name = "worker.js", esModule = embed "worker.js")',
    ...assets.map((asset) => `(name = "${basename(asset)}", wasm = embed "${basename(asset)}")`),
  ];
  await writeFile(join(folder, 'config.capnp'), config(modules, { objects: join(folder, 'objects'), ...place }));
}

function config(modules: readonly string[], { objects, port, env, proxy }: Place): string {
  const variables = Object.entries(env)
    .map(([name, text]) => `, (name = "${name}", text = "${text}")`)
    .join('');
  const internet = proxy
    ? `external = (address = "${proxy}", http = (style = proxy))`
    : 'network = (allow = ["public", "private"])';
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [${modules.join(', ')}],
      compatibilityDate = "2026-04-26",
      compatibilityFlags = ["nodejs_als"],
      durableObjectNamespaces = [(className = "AgentRunObject", uniqueKey = "agent-runs", enableSql = true)],
      durableObjectStorage = (localDisk = "objects"),
      bindings = [(name = "AGENT_RUNS", durableObjectNamespace = "AgentRunObject")${variables}],
    )),
    (name = "internet", ${internet}),
    (name = "objects", disk = (path = "${objects}", writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
`;
}

async function serve(folder: string, port: number): Promise<ChildProcess> {
  const child = spawn(WORKERD, ['serve', join(folder, 'config.capnp')], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4_000);
  });
  for (;;) {
    if (child.exitCode !== null) throw new Error(`workerd ended: ${said}`);
    if (await answers(port)) return child;
  }
}

async function answers(port: number): Promise<boolean> {
  const reply = await ask(port, '/health').catch(() => undefined);
  return reply?.status === 200;
}

/** With a body it is a POST. */
interface Asked {
  body?: object;
  headers?: Record<string, string>;
}

function ask(port: number, path: string, { body, headers }: Asked = {}): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const options = {
      port,
      path,
      agent: false,
      method: body ? 'POST' : 'GET',
      signal: AbortSignal.timeout(GIVE_UP_MS),
    };
    const all = { ...options, host: '127.0.0.1', headers: { 'content-type': 'application/json', ...headers } };
    const asked = request(all, (reply) => {
      let text = '';
      reply.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      reply.on('end', () => resolve({ status: reply.statusCode ?? 0, text }));
      reply.on('error', reject);
    });
    asked
      .on('error', (cause) => reject(new Error(`${path}: ${cause.message}`, { cause })))
      .end(body && JSON.stringify(body));
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('there is no free port');
  return address.port;
}
