import type { CodeOutput, Executor, SandboxLimits } from 'smolagents-web';

/** What one step of code came to, and how long it took. */
export interface WatchedStep {
  output: CodeOutput;
  wallMs: number;
}

/** The runtime's own executor with the limits of the cases, which tells of each step. */
export function watchedExecutor(
  executor: Executor,
  limits: Partial<SandboxLimits>,
  onStep: (step: WatchedStep) => void,
): Executor {
  return {
    open: async (options) => {
      const sandbox = await executor.open({ ...options, limits: { ...options.limits, ...limits } });
      return {
        run: async (code, handle) => {
          const startedMs = performance.now();
          const output = await sandbox.run(code, handle);
          onStep({ output, wallMs: performance.now() - startedMs });
          return output;
        },
        resume: (handle) => sandbox.resume(handle),
        define: (variables) => sandbox.define(variables),
        snapshot: () => sandbox.snapshot(),
        fork: () => sandbox.fork(),
        [Symbol.asyncDispose]: () => sandbox[Symbol.asyncDispose](),
      };
    },
  };
}
