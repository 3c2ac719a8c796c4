import { expect, test } from 'vitest';
import { SandboxStartError } from '../../src/errors';
import { InProcessExecutor } from '../../src/executors/in-process';
import { engineBytes, openBench } from '../fakes/sandbox-bench';

const kept = WebAssembly;

test('a runtime without WebAssembly is an error that says so and what to set', async () => {
  Reflect.deleteProperty(globalThis, 'WebAssembly');
  try {
    const opening = openBench({ executor: new InProcessExecutor({ wasm: engineBytes }) });

    await expect(opening).rejects.toThrow(SandboxStartError);
    await expect(opening).rejects.toThrow(/needs WebAssembly.*`executor`/);
  } finally {
    Object.assign(globalThis, { WebAssembly: kept });
  }
});

test('a function that gives no engine is an error that shows what it gave', async () => {
  const giveNothing: typeof engineBytes = () => Promise.resolve(JSON.parse('null'));

  const opening = openBench({ executor: new InProcessExecutor({ wasm: giveNothing }) });

  await expect(opening).rejects.toThrow(SandboxStartError);
  await expect(opening).rejects.toThrow('`wasm` gave null');
});
