import { AgentConfigurationError } from '../errors';
import { lazyPart } from '../web/lazy-part';
import { refuseUnknownOptions } from '../web/options';
import type { CellHost } from './cell';
import type { Executor, Sandbox, SandboxOptions } from './executor';
import type { EngineWasm } from './quickjs/engine-module';
import { checkedOptions } from './sandbox-options';

export interface InProcessExecutorOptions {
  /** The hardened engine. */
  wasm: EngineWasm;
  /** Interrupt polls (16 loops or calls each) of the guest in one go; for runtimes whose clock stands still while code runs. */
  maxPolls?: number;
}

/**
 * Runs the model's code in this thread, which it keeps busy meanwhile. Time is limited by the engine's interrupt alone: a few
 * long built-ins (BigInt to text, a huge regular expression class) may overrun it, since nothing outside can stop them.
 */
export class InProcessExecutor implements Executor {
  readonly #wasm: EngineWasm;
  readonly #maxPolls: number;
  #host: CellHost | undefined;

  constructor(options: InProcessExecutorOptions) {
    refuseUnknownOptions('InProcessExecutor', options, ['wasm', 'maxPolls']);
    const { wasm, maxPolls = Number.POSITIVE_INFINITY } = options;
    if (!wasm)
      throw new AgentConfigurationError(
        'wasm is missing: the engine as a WebAssembly.Module, bytes, or a function that gives one',
      );
    if (!(maxPolls > 0)) throw new AgentConfigurationError(`maxPolls is ${maxPolls}: a number above 0 is needed`);
    this.#wasm = wasm;
    this.#maxPolls = maxPolls;
  }

  async open(options: SandboxOptions): Promise<Sandbox> {
    const checked = checkedOptions(options);
    // with the rewriter of code: only who runs code pays
    const [{ guestSandbox }, { localCellHost }, { engineModules }] = await lazyPart('running code', () =>
      Promise.all([import('./sandbox'), import('./local-cells'), import('./quickjs/engine-module')]),
    );
    this.#host ??= localCellHost(engineModules(this.#wasm), this.#maxPolls);
    return guestSandbox(this.#host, checked);
  }
}
