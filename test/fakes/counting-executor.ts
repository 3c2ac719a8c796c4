import type { Executor, Sandbox, SandboxOptions } from '../../src/executors/executor';

/** An executor that counts the sandboxes which are open. */
export function countingExecutor(executor: Executor): Executor & { count(): number } {
  let count = 0;
  return {
    count: () => count,
    async open(options: SandboxOptions): Promise<Sandbox> {
      const sandbox = await executor.open(options);
      count++;
      const close = sandbox[Symbol.asyncDispose].bind(sandbox);
      sandbox[Symbol.asyncDispose] = async () => {
        count--;
        await close();
      };
      return sandbox;
    },
  };
}
