import type { RunResult } from 'smolagents-web';

/** What a run that failed came to: its error carries it. */
export function runResultIn(error: unknown): RunResult | undefined {
  const carried = error instanceof Error && 'result' in error ? error.result : undefined;
  return typeof carried === 'object' && carried !== null && 'state' in carried ? (carried as RunResult) : undefined;
}
