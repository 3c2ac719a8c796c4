import type { Trace } from './trace';

const ROUND_NUMBERS = [1, 1.5, 2, 3, 5, 7.5];

/** While a run goes on, further than it has come, so that the bars do not shrink all the time. */
export function endOfScale({ startMs, endMs, outcome }: Trace): number {
  if (outcome !== 'running') return endMs;
  const durationMs = Math.max(1000, endMs - startMs);
  const power = 10 ** Math.floor(Math.log10(durationMs));
  return startMs + (ROUND_NUMBERS.find((number) => number * power >= durationMs) ?? 10) * power;
}
