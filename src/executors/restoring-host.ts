import { AgentConfigurationError, SandboxStartError } from '../errors';
import type { CellHost } from './cell';
import type { SavedState } from './saved-state';
import { thrownWords } from './thrown';

/** The host, saying of a state that came from outside and that no engine can be in that it is damaged. */
export function restoringHost(host: CellHost, { state: saved, before }: SavedState): CellHost {
  return {
    open: async (settings, onPrint, state, signal) => {
      try {
        return await host.open(settings, onPrint, state, signal);
      } catch (cause) {
        signal.throwIfAborted();
        const isForeign = state !== undefined && (state === saved || state === before);
        if (!isForeign || cause instanceof SandboxStartError || cause instanceof AgentConfigurationError) throw cause;
        throw new AgentConfigurationError(
          `The snapshot of the sandbox is damaged: the engine cannot go on from it (${thrownWords(cause).message})`,
          { cause },
        );
      }
    },
  };
}
