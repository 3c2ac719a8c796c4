import type { Executor } from '../executors/executor';
import type { Runtime } from '../executors/runtime';
import { globalAsyncStorage } from './global-async-storage';

let executor: Promise<Executor> | undefined;

/** A page, and anything that is neither Node nor workerd: code of the model runs in Web Workers where they start. */
export const runtime: Runtime = {
  name: 'browser',
  environment: () => undefined,
  executor: () => {
    executor ??= inWorkers();
    return executor;
  },
  get webOrigin() {
    const { location } = globalThis;
    return location === undefined || location.origin === 'null' ? undefined : location.origin;
  },
  waitUntil: undefined,
  asyncStorage: globalAsyncStorage,
};

async function inWorkers(): Promise<Executor> {
  const { WebWorkerExecutor } = await import('../executors/web-worker');
  return new WebWorkerExecutor();
}
