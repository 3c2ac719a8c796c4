import type { Executor } from '../executors/executor';
import type { Runtime } from '../executors/runtime';
import { globalAsyncStorage } from './global-async-storage';

let executor: Promise<Executor> | undefined;

/** A page, and anything that is neither Node nor workerd: code of the model runs in this thread. */
export const runtime: Runtime = {
  name: 'browser',
  environment: () => undefined,
  executor: () => {
    executor ??= inThisThread();
    return executor;
  },
  get webOrigin() {
    const { location } = globalThis;
    return location === undefined || location.origin === 'null' ? undefined : location.origin;
  },
  waitUntil: undefined,
  asyncStorage: globalAsyncStorage,
};

async function inThisThread(): Promise<Executor> {
  const { InProcessExecutor } = await import('../executors/in-process');
  return new InProcessExecutor({ wasm: engineBytes });
}

/** The engine from the file beside this one. Throws when it is not served there. */
async function engineBytes(): Promise<ArrayBuffer> {
  const url = new URL('../executors/quickjs/quickjs-hardened.wasm', import.meta.url);
  const reply = await fetch(url);
  if (!reply.ok) throw new Error(`The sandbox engine is not at ${url.href}: the server answered ${reply.status}`);
  return reply.arrayBuffer();
}
