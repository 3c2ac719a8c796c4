import { AsyncLocalStorage } from 'node:async_hooks';
import { readFile } from 'node:fs/promises';
import type { Executor } from '../executors/executor';
import type { Runtime } from '../executors/runtime';

let executor: Promise<Executor> | undefined;

/** Node: code of the model runs in worker threads. */
export const runtime: Runtime = {
  name: 'node',
  environment: (name) => process.env[name],
  executor: () => {
    executor ??= threads();
    return executor;
  },
  webOrigin: undefined,
  waitUntil: undefined,
  asyncStorage: () => new AsyncLocalStorage(),
};

async function threads(): Promise<Executor> {
  const { WorkerThreadExecutor } = await import('./node/worker-host');
  return new WorkerThreadExecutor({
    wasm: () => readFile(new URL('../executors/quickjs/quickjs-hardened.wasm', import.meta.url)),
    workerUrl: new URL('./node/worker-thread.js', import.meta.url),
  });
}
