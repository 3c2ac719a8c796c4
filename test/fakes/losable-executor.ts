import { CellLostError } from '../../src/executors/cell';
import type { Executor, Sandbox, SandboxOptions } from '../../src/executors/executor';

/** An executor whose open sandboxes can be lost, as they are when their thread dies while no code runs. */
export function losableExecutor(executor: Executor): Executor & { lose(): void } {
  let lost = new Set<Sandbox>();
  const open = new Set<Sandbox>();
  return {
    lose: () => {
      lost = new Set(open);
    },
    async open(options: SandboxOptions): Promise<Sandbox> {
      const sandbox = await executor.open(options);
      open.add(sandbox);
      const { run, snapshot } = sandbox;
      const look = () => {
        if (lost.has(sandbox)) throw new CellLostError('died', "The sandbox's thread has ended: it was killed");
      };
      sandbox.run = async (code, step) => {
        look();
        return run.call(sandbox, code, step);
      };
      sandbox.snapshot = async () => {
        look();
        return snapshot.call(sandbox);
      };
      return sandbox;
    },
  };
}
