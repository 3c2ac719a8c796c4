import { AgentConfigurationError } from '../errors';
import { refuseUnknownOptions } from '../web/options';
import type { CellHost } from './cell';
import type { Executor, Sandbox, SandboxOptions } from './executor';
import { type EngineModules, type EngineWasm, engineModules } from './quickjs/engine-module';
import { checkedOptions } from './sandbox-options';

export interface InProcessExecutorOptions {
  /** The hardened engine. */
  wasm: EngineWasm;
  /** Interrupt polls (16 loops or calls each) of the guest in one go; for runtimes whose clock stands still while code runs. */
  maxPolls?: number;
}

/** Polls in one go where nothing outside can stop a guest: seconds of plain loops, minutes of promise jobs. */
export const FUEL_POLLS = 20_000_000;

/**
 * Runs the model's code in this thread, which it keeps busy meanwhile. Time is limited by the engine's interrupt alone: a few
 * long built-ins (BigInt to text, a huge regular expression class) may overrun it, since nothing outside can stop them.
 */
export class InProcessExecutor implements Executor {
  readonly #host: CellHost;

  constructor(options: InProcessExecutorOptions) {
    refuseUnknownOptions('InProcessExecutor', options, ['wasm', 'maxPolls']);
    const { wasm, maxPolls = Number.POSITIVE_INFINITY } = options;
    if (!wasm)
      throw new AgentConfigurationError(
        'wasm is missing: the engine as a WebAssembly.Module, bytes, or a function that gives one',
      );
    if (!(maxPolls > 0)) throw new AgentConfigurationError(`maxPolls is ${maxPolls}: a number above 0 is needed`);
    this.#host = localCellHost(engineModules(wasm), maxPolls);
  }

  async open(options: SandboxOptions): Promise<Sandbox> {
    const checked = checkedOptions(options);
    const { guestSandbox } = await import('./sandbox'); // with the rewriter of code: only who runs code pays
    return guestSandbox(this.#host, checked);
  }
}

/** A host whose cells live in this thread. */
export function localCellHost(modules: EngineModules, maxPolls: number): CellHost {
  return {
    open: async (settings, onPrint, state) => {
      const { quickCell } = await import('./quickjs/quick-cell'); // the engine's glue: only who runs code pays
      return quickCell({
        module: await modules(settings.memoryBytes),
        maxPolls,
        settings,
        onPrint,
        ...(state && { state }),
      });
    },
  };
}
