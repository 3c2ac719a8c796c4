import * as workers from 'cloudflare:workers'; // as a whole: older ones have less in it
import type { Executor } from '../executors/executor';
import engine from '../executors/quickjs/quickjs-hardened.wasm'; // workerd compiles no bytes: the module comes with the code
import type { AsyncStorage, Runtime } from '../executors/runtime';
import { FUEL_POLLS } from '../executors/sandbox-options';
import { globalAsyncStorage } from './global-async-storage';

let executor: Promise<Executor> | undefined;

/** workerd: code of the model runs in this isolate. */
export const runtime: Runtime = {
  name: 'workerd',
  environment,
  executor: () => {
    executor ??= inThisIsolate();
    return executor;
  },
  webOrigin: undefined,
  waitUntil: workers.waitUntil, // of the request that is being answered, without its `ctx` being passed about
  asyncStorage: async <Value>() => globalAsyncStorage<Value>() ?? builtInAsyncStorage<Value>(),
};

/** A variable or secret of the worker, without its `env` being passed about; else of `process.env`, where flags give that. */
function environment(name: string): string | undefined {
  const value = workers.env?.[name];
  if (typeof value === 'string') return value;
  const { process } = globalThis as { process?: { env?: Readonly<Record<string, unknown>> } };
  const ofProcess = process?.env?.[name];
  return typeof ofProcess === 'string' ? ofProcess : undefined;
}

async function inThisIsolate(): Promise<Executor> {
  const { InProcessExecutor } = await import('../executors/in-process');
  return new InProcessExecutor({ wasm: engine, maxPolls: FUEL_POLLS }); // a deployed worker's clock stands still while code runs
}

/** A worker has the module by the flags `nodejs_als` or `nodejs_compat`, newer ones without a flag; importing it is the way to know. */
async function builtInAsyncStorage<Value>(): Promise<AsyncStorage<Value> | undefined> {
  const name = 'node:async_hooks';
  try {
    const { AsyncLocalStorage }: { AsyncLocalStorage: new () => AsyncStorage<Value> } = await import(name);
    return new AsyncLocalStorage();
  } catch {
    return undefined;
  }
}
