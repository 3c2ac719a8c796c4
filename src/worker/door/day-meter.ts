import type { TokenMeter } from '../../agents/runs/budget';
import type { ObjectHome } from '../objects';
import { spendToday } from './limits';

/** Counts for the day, over all visitors; the run's own limits are its budget. `spent` is what the day's sum was known to be. */
export function dayMeter({ objects, waitUntil }: ObjectHome, tokensPerDay: number, spent: number): TokenMeter {
  let spentToday = spent;
  return {
    refusal: () => (spentToday >= tokensPerDay ? 'The tokens of this day are used up' : undefined),
    count: (tokens) => {
      spentToday += tokens;
      const counting = spendToday(objects, tokens).then((sum) => {
        spentToday = sum;
      });
      waitUntil(counting.catch(() => undefined)); // a run is not failed by its bookkeeping
    },
  };
}
