import type { CellHost } from './cell';
import { localCellHost } from './local-cells';
import { remoteCellHost } from './protocol';
import { engineBytes } from './quickjs/engine-bytes';
import { type EngineWasm, engineModules } from './quickjs/engine-module';
import { FUEL_POLLS, type ThreadSettings } from './sandbox-options';
import { ThreadPool } from './thread-pool';
import { NoWorkerError, WorkerForms } from './worker-forms';

/** What a `WebWorkerExecutor` was given, its defaults filled in but for the engine. */
export interface WorkerSettings extends ThreadSettings {
  workerUrl: string | URL | undefined;
  wasm: EngineWasm | undefined;
}

/** A host whose cells live in Web Workers, one each, and in this thread where no worker starts. */
export function workerCellHost({ workerUrl, wasm = engineBytes, graceMs, maxIdleThreads }: WorkerSettings): CellHost {
  const forms = new WorkerForms(workerUrl);
  const pool = new ThreadPool((signal) => forms.start(signal), maxIdleThreads);
  const modules = engineModules(wasm);
  const remote = remoteCellHost(modules, (signal) => pool.acquire(signal), graceMs);
  return orElseHere(remote, localCellHost(modules, FUEL_POLLS));
}

/** Cells of workers, or of this thread where no worker starts, which is told once. */
function orElseHere(remote: CellHost, local: CellHost): CellHost {
  let hasWarned = false;
  return {
    open: async (...cell) => {
      try {
        return await remote.open(...cell);
      } catch (error) {
        if (!(error instanceof NoWorkerError)) throw error;
        if (!hasWarned) warn(error);
        hasWarned = true;
        return local.open(...cell);
      }
    },
  };
}

function warn({ refusals, advice }: NoWorkerError): void {
  // biome-ignore lint/suspicious/noConsole: nobody else can be told, and the page loses its hard stop
  console.warn(
    "smolagents-web: the model's code runs in this thread itself, which it can keep busy until its time is over, since no worker " +
      `starts. Tried: ${refusals.join('; ')}. ${advice}`,
  );
}
