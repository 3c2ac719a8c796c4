import { fileURLToPath } from 'node:url';
import { installPython, pythonOf } from '../receivers/python-package.mjs';
import { freePorts, startService } from '../receivers/service.mjs';

const VERSION = '0.5b-q4';
const READY_MS = 120_000;

/**
 * A real small model, Qwen2.5-Coder-0.5B-Instruct, behind a llama.cpp server on loopback. `url` is its address with `/v1`. The first
 * time it is installed, which takes 0.5 GB and some minutes. Throws `NotInstalledError` where it cannot be.
 * @returns {Promise<import('../receivers/service.mjs').Service & { url: string, modelId: string }>}
 */
export async function startSmallModel() {
  const environment = await installPython({
    name: 'small-model',
    version: VERSION,
    requirements: fileURLToPath(new URL('requirements.txt', import.meta.url)),
  });
  const [port = 0] = await freePorts(1);
  const origin = `http://127.0.0.1:${port}`;
  const service = await startService({
    name: 'small-model',
    command: pythonOf(environment),
    args: [fileURLToPath(new URL('serve.py', import.meta.url)), String(port)],
    isReady: () =>
      fetch(`${origin}/health`).then(
        ({ ok }) => ok,
        () => false,
      ),
    readyMs: READY_MS,
  });
  return { ...service, url: `${origin}/v1`, modelId: 'local' };
}
