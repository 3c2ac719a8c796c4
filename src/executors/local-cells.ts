import type { CellHost } from './cell';
import type { EngineModules } from './quickjs/engine-module';

/** A host whose cells live in this thread. */
export function localCellHost(modules: EngineModules, maxPolls: number): CellHost {
  return {
    open: async (settings, onPrint, state, signal) => {
      const { quickCell } = await import('./quickjs/quick-cell'); // the engine's glue: only who runs code pays
      return quickCell({
        module: await modules(settings.memoryBytes, signal),
        maxPolls,
        settings,
        onPrint,
        ...(state && { state }),
      });
    },
  };
}
