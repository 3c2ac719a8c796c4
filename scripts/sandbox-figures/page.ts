import { defaultExecutor, InProcessExecutor } from 'smolagents-web';
import { engineBytes } from '../../src/executors/quickjs/engine-bytes';
import { inARow, measureSandbox } from './measure';

// the script calls it from outside the page
Object.assign(globalThis, {
  figures: {
    inWorker: async () => measureSandbox(await defaultExecutor(), true),
    inPage: async () => measureSandbox(new InProcessExecutor({ wasm: engineBytes }), false),
    inARow: async (count: number) => inARow(await defaultExecutor(), count),
  },
});
