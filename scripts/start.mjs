// `npm start`: serves the project's worker on loopback, until Ctrl-C. Sets itself up on a fresh clone.
import { createServer } from 'node:net';
import { join } from 'node:path';
import { buildPackage } from './build.mjs';
import { buildDemoPage } from './demo-page.mjs';
import { installDependencies } from './setup.mjs';
import { DEFAULT_PORT, stateFolder } from './state-folder.mjs';
import { root } from './steps.mjs';

const HOST = '127.0.0.1';
/** Variables that the worker is given; `demo/service.ts` says what they are. */
const SETTINGS = ['MODEL_ENDPOINT', 'MODEL_ID', 'OTLP_URL'];
const SECRETS = ['HF_TOKEN', 'MODEL_KEY'];

const problem = await start();
if (problem !== undefined) {
  console.error(problem);
  process.exitCode = 1;
}

/** Resolves as soon as the worker serves, or with why it does not. @returns {Promise<string | undefined>} */
async function start() {
  const text = process.env.PORT ?? `${DEFAULT_PORT}`;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    return `PORT is "${text}", must be a number from 0 (any that is free) to 65535`;
  const taken = await whyTaken(port);
  if (taken !== undefined) return taken;
  await installDependencies();
  await buildPackage();
  await buildDemoPage();
  process.env.WRANGLER_SEND_METRICS = 'false';
  process.env.CLOUDFLARE_CF_FETCH_ENABLED = 'false'; // it would ask the platform where this machine is
  const { unstable_startWorker } = await import('wrangler'); // there only now on a fresh clone
  const worker = await unstable_startWorker({
    config: join(root, 'wrangler.toml'),
    entrypoint: join(root, 'demo', 'local-worker.ts'),
    build: { custom: { command: '' } }, // done above: else it is done again at each change
    bindings: { ...bindings(SETTINGS, 'plain_text'), ...bindings(SECRETS, 'secret_text') },
    dev: {
      server: { hostname: HOST, port },
      logLevel: 'error',
      inspector: false,
      watch: false,
      persist: stateFolder(port),
    },
  });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM']))
    process.once(signal, () => void worker.dispose().then(() => process.exit(0)));
  await worker.ready;
  const { origin } = await worker.url;
  console.log(`smolagents-web is at ${origin} (Ctrl-C ends it)\n${modelLine()}`);
  return undefined;
}

/** @param {readonly string[]} names @param {'plain_text' | 'secret_text'} type */
function bindings(names, type) {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value ? [[name, { type, value }]] : [];
    }),
  );
}

function modelLine() {
  const { MODEL_ENDPOINT, MODEL_ID = 'local', HF_TOKEN } = process.env;
  if (MODEL_ENDPOINT) return `Its model is ${MODEL_ID} at ${MODEL_ENDPOINT}.`;
  if (HF_TOKEN) return 'Its model is at Hugging Face.';
  return 'It has no model, and shows the recorded run. Set HF_TOKEN, or MODEL_ENDPOINT and MODEL_ID, to ask one.';
}

/** Why nothing can listen there; undefined where it can. @param {number} port @returns {Promise<string | undefined>} */
function whyTaken(port) {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', (error) => {
      const isTaken = 'code' in error && error.code === 'EADDRINUSE';
      const why = isTaken ? 'another program listens there' : error.message;
      resolve(`Port ${port} of ${HOST} cannot be used: ${why}. Choose another: PORT=8788 npm start`);
    });
    server.listen(port, HOST, () => server.close(() => resolve(undefined)));
  });
}
