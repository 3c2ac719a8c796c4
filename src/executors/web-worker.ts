import { refuseSetting, refuseUnknownOptions } from '../web/options';
import type { CellHost } from './cell';
import type { Executor, Sandbox, SandboxOptions } from './executor';
import { FUEL_POLLS, localCellHost } from './in-process';
import { remoteCellHost } from './protocol';
import { engineBytes } from './quickjs/engine-bytes';
import { type EngineWasm, engineModules } from './quickjs/engine-module';
import { checkedOptions } from './sandbox-options';
import { checkThreadSettings, ThreadPool } from './thread-pool';
import { NoWorkerError, WorkerForms } from './worker-forms';

export interface WebWorkerExecutorOptions {
  /** Address of the package's `sandbox-worker.js`. Default: the file beside this module, where bundlers put it. */
  workerUrl?: string | URL;
  /** The hardened engine. Default: the file `quickjs-hardened.wasm` beside its module, else the copy in a script of its own. */
  wasm?: EngineWasm;
  /** How long a guest that does not stop by itself may overrun its limit before its worker is ended, in milliseconds. */
  graceMs?: number;
  /** Workers kept for the next sandbox when theirs is closed. */
  maxIdleThreads?: number;
}

/**
 * Runs the model's code in Web Workers, one for each open sandbox, so that the page stays free. A guest that dodges the
 * engine's interrupt is stopped by ending its worker; the sandbox goes on in another one from the state before the step.
 * Workers are started from an address, else from a blob; where neither is allowed, the code runs in this thread, without a
 * stop from outside, and one warning says so.
 */
export class WebWorkerExecutor implements Executor {
  readonly #host: CellHost;

  constructor(options: WebWorkerExecutorOptions = {}) {
    refuseUnknownOptions('WebWorkerExecutor', options, ['workerUrl', 'wasm', 'graceMs', 'maxIdleThreads']);
    const { workerUrl, wasm = engineBytes, graceMs = 1_000, maxIdleThreads = 2 } = options;
    if (workerUrl !== undefined && typeof workerUrl !== 'string' && !(workerUrl instanceof URL))
      refuseSetting('WebWorkerExecutor', 'workerUrl', workerUrl, 'an address, as a text or a URL');
    checkThreadSettings({ graceMs, maxIdleThreads });
    const forms = new WorkerForms(workerUrl);
    const pool = new ThreadPool(() => forms.start(), maxIdleThreads);
    const modules = engineModules(wasm);
    const remote = remoteCellHost(modules, () => pool.acquire(), graceMs);
    this.#host = orElseHere(remote, localCellHost(modules, FUEL_POLLS));
  }

  async open(options: SandboxOptions): Promise<Sandbox> {
    const checked = checkedOptions(options);
    const { guestSandbox } = await import('./sandbox'); // with the rewriter of code: only who runs code pays
    return guestSandbox(this.#host, checked);
  }
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

function warn({ refusals }: NoWorkerError): void {
  // biome-ignore lint/suspicious/noConsole: nobody else can be told, and the page loses its hard stop
  console.warn(
    "smolagents-web: the model's code runs in the page itself, which it can keep busy until its time is over, since no worker " +
      `starts. Tried: ${refusals.join('; ')}. Serve sandbox-worker.js of the package beside the script, or set ` +
      "new WebWorkerExecutor({ workerUrl }), and allow it in the content policy (worker-src 'self').",
  );
}
