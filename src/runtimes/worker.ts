import type { Executor } from '../executors/executor';
import engine from '../executors/quickjs/quickjs-hardened.wasm'; // workerd compiles no bytes: the module comes with the code
import type { Runtime } from '../executors/runtime';

/** Interrupt polls in one go, 16 loops or calls each: a deployed worker's clock stands still while code runs. */
const MAX_POLLS = 20_000_000;

let executor: Promise<Executor> | undefined;

/** workerd: code of the model runs in this isolate. Secrets come in `env` of the request, so give them as options. */
export const runtime: Runtime = {
  name: 'workerd',
  environment: () => undefined,
  executor: () => {
    executor ??= inThisIsolate();
    return executor;
  },
  webOrigin: undefined,
};

async function inThisIsolate(): Promise<Executor> {
  const { InProcessExecutor } = await import('../executors/in-process');
  return new InProcessExecutor({ wasm: engine, maxPolls: MAX_POLLS });
}
