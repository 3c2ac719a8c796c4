import type { Trace, TraceRow } from './trace';

/** The error that tells what became of a run: the last one that it did not get over, else the first; those of a branch before those it keeps. */
export function leadError({ errors }: Trace): TraceRow | undefined {
  const own = errors.filter(({ isKept }) => !isKept);
  return own.findLast(({ state }) => state === 'failed') ?? own[0] ?? errors[0];
}
