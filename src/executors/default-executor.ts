import type { Executor } from './executor';

/** The sandbox host that suits this runtime, as agents use it that are given none: one to build on, with limits of your own. */
export async function defaultExecutor(): Promise<Executor> {
  const { runtime } = await import('#runtime');
  return runtime.executor();
}
