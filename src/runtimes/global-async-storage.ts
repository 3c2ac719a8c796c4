import type { AsyncStorage } from '../executors/runtime';

/** An `AsyncLocalStorage` where the runtime has the class as a global, as some edge runtimes do. */
export function globalAsyncStorage<Value>(): AsyncStorage<Value> | undefined {
  const { AsyncLocalStorage } = globalThis as { AsyncLocalStorage?: new () => AsyncStorage<Value> };
  return AsyncLocalStorage && new AsyncLocalStorage();
}
