import { AgentConfigurationError, SandboxStartError } from '../errors';
import type { CellHost } from './cell';
import { ENGINE_BYTES } from './quickjs/engine-module';
import type { SavedState } from './saved-state';
import { thrownWords } from './thrown';

/** The host, saying of a state from outside that no engine can be in whether it is too large for the limit, or damaged. */
export function restoringHost(host: CellHost, { state: saved, before }: SavedState): CellHost {
  return {
    open: async (settings, onPrint, state, signal) => {
      try {
        return await host.open(settings, onPrint, state, signal);
      } catch (cause) {
        signal.throwIfAborted();
        const isForeign = state !== undefined && (state === saved || state === before);
        if (!isForeign || cause instanceof SandboxStartError || cause instanceof AgentConfigurationError) throw cause;
        const { length } = state.memory;
        if (length > settings.memoryBytes + ENGINE_BYTES)
          throw new AgentConfigurationError(
            `The snapshot of the sandbox has ${length} bytes of memory, more than limits.memoryBytes, ${settings.memoryBytes}, allows: ` +
              'set it to at least what the run had',
            { cause },
          );
        throw new AgentConfigurationError(
          `The snapshot of the sandbox is damaged: the engine cannot go on from it (${thrownWords(cause).message})`,
          { cause },
        );
      }
    },
  };
}
