import { lazyPart } from '../web/lazy-part';
import { refuseSetting, refuseUnknownOptions } from '../web/options';
import type { CellHost } from './cell';
import type { Executor, Sandbox, SandboxOptions } from './executor';
import type { EngineWasm } from './quickjs/engine-module';
import { checkedOptions, checkThreadSettings } from './sandbox-options';
import type { WorkerSettings } from './worker-cells';

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
  readonly #settings: WorkerSettings;
  #host: CellHost | undefined;

  constructor(options: WebWorkerExecutorOptions = {}) {
    refuseUnknownOptions('WebWorkerExecutor', options, ['workerUrl', 'wasm', 'graceMs', 'maxIdleThreads']);
    const { workerUrl, wasm, graceMs = 1_000, maxIdleThreads = 2 } = options;
    if (workerUrl !== undefined && typeof workerUrl !== 'string' && !(workerUrl instanceof URL))
      refuseSetting('WebWorkerExecutor', 'workerUrl', workerUrl, 'an address, as a text or a URL');
    checkThreadSettings({ graceMs, maxIdleThreads });
    this.#settings = { workerUrl, wasm, graceMs, maxIdleThreads };
  }

  async open(options: SandboxOptions): Promise<Sandbox> {
    const checked = checkedOptions(options);
    // with the rewriter of code: only who runs code pays
    const [{ guestSandbox }, { workerCellHost }] = await lazyPart('running code', () =>
      Promise.all([import('./sandbox'), import('./worker-cells')]),
    );
    this.#host ??= workerCellHost(this.#settings);
    return guestSandbox(this.#host, checked);
  }
}
