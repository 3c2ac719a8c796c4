import { type Context, type ContextManager, context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';
import { runtime } from '#runtime';
import type { AsyncStorage } from '../executors/runtime';
import { isPromise } from '../web/is-promise';

/**
 * How far ambient context reaches: `async` through `await`, `stack` to the first `await` only, `foreign` as far as the manager
 * reaches that the app had registered before.
 */
export type ContextReach = 'async' | 'stack' | 'foreign';

type FoundStorage = AsyncStorage<Context> | undefined;

/**
 * Registers a context manager for OpenTelemetry unless there is one, so that spans an app opens in its tools find their parent:
 * on `AsyncContext` where the language has it, else on `AsyncLocalStorage`, else on a stack. It is there when the function
 * returns; the promise is for those who want to know its reach, which a worker finds out a moment later.
 */
export async function ensureContextManager(): Promise<ContextReach> {
  if (hasContextManager()) return 'foreign';
  const { manager, reach } = contextManager(asyncContextVariable() ?? runtime.asyncStorage<Context>());
  context.setGlobalContextManager(manager);
  return reach;
}

/** A manager on the storage given; on a stack without one, and as long as a promise of one has not resolved. */
export function contextManager(storage: FoundStorage | Promise<FoundStorage>): {
  manager: ContextManager;
  reach: Promise<ContextReach>;
} {
  const manager = new StorageContextManager();
  const adopt = (found: FoundStorage): ContextReach => {
    if (found) manager.storage = found; // never in the middle of a `with` of the stack, which is over before any promise goes on
    return found ? 'async' : 'stack';
  };
  const reach = isPromise(storage) ? storage.then(adopt, () => adopt(undefined)) : Promise.resolve(adopt(storage));
  return { manager, reach };
}

class StorageContextManager implements ContextManager {
  storage: AsyncStorage<Context> = contextStack();

  active(): Context {
    return this.storage.getStore() ?? ROOT_CONTEXT;
  }

  with<Args extends unknown[], Body extends (...args: Args) => ReturnType<Body>>(
    entered: Context,
    body: Body,
    thisArg?: ThisParameterType<Body>,
    ...args: Args
  ): ReturnType<Body> {
    return this.storage.run(entered, () => body.call(thisArg, ...args));
  }

  bind<Target>(entered: Context, target: Target): Target {
    if (typeof target !== 'function') return target;
    const enter = (body: () => unknown) => this.with(entered, body);
    const bound = function (this: unknown, ...args: unknown[]): unknown {
      return enter(() => Reflect.apply(target, this, args));
    };
    return bound as Target;
  }

  enable(): this {
    return this;
  }

  disable(): this {
    this.storage = contextStack(); // forgets what was entered
    return this;
  }
}

/** Reaches as far as the call: what goes on after an `await` reads the value of whoever runs then. */
function contextStack(): AsyncStorage<Context> {
  let current: Context | undefined;
  return {
    getStore: () => current,
    run(value, body) {
      const before = current;
      current = value;
      try {
        return body();
      } finally {
        current = before;
      }
    },
  };
}

/** Whether some manager is registered: without one, the API enters nothing. */
function hasContextManager(): boolean {
  const key = createContextKey('smolagents-web probe');
  return context.with(ROOT_CONTEXT.setValue(key, true), () => context.active().getValue(key) === true);
}

/** A variable of the `AsyncContext` proposal; no runtime has it at the time of writing. */
function asyncContextVariable(): FoundStorage {
  const { AsyncContext } = globalThis as { AsyncContext?: { Variable: new () => AsyncVariable<Context> } };
  if (!AsyncContext) return undefined;
  const variable = new AsyncContext.Variable();
  return { run: (value, body) => variable.run(value, body), getStore: () => variable.get() };
}

interface AsyncVariable<Value> {
  run<Result>(value: Value, body: () => Result): Result;
  get(): Value | undefined;
}
