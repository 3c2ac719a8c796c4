import type { Expect } from '../case';
import { actionsOf, type Check, equals, tokenPair } from './check';

export const tokens: Check<Expect['tokens']> = (expected, { last }) => equals(tokenPair(last.result?.usage), expected);

export const tokensPerRun: Check<Expect['tokens_per_run']> = (expected, { runs }) =>
  equals(
    runs.map(({ result }) => tokenPair(result?.usage)),
    expected,
  );

export const tokensComplete: Check<boolean> = (expected, { last }) => equals(last.result?.usageComplete, expected);

export const inclusiveTokens: Check<Expect['inclusive_tokens']> = (expected, { last }) =>
  equals(tokenPair(last.result?.inclusiveUsage), expected);

/** An agent keeps no counter: memory begins anew at a reset, so the result's own sum is the total since then. */
export const runningTotalTokens: Check<Expect['running_total_tokens']> = tokens;

export const stepTokens: Check<Expect['step_tokens']> = (expected, played) =>
  equals(
    actionsOf(played).map(({ usage }) => tokenPair(usage)),
    expected,
  );
