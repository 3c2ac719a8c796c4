import type { Expect } from '../case';
import { type Check, equals } from './check';

/** A name that no case gives a tool of its own. */
const FINAL_ANSWER = 'final_answer';

export const toolInvocations: Check<number> = (expected, { last }) =>
  equals(last.toolRuns.filter(({ tool }) => tool !== FINAL_ANSWER).length, expected);

export const toolArgsReceived: Check<Expect['tool_args_received']> = (expected, { last }) =>
  equals(
    last.toolRuns.filter(({ tool }) => tool !== FINAL_ANSWER).map(({ args }) => args),
    expected,
  );

/** Length of the last run, on the virtual clock where the case names none; real time gets the factor. */
export function maxSeconds(
  seconds: number,
  clock: 'virtual' | 'real' | undefined,
  realTimeFactor: number,
): Check<void> {
  return (_, { last }) => {
    const real = clock === 'real';
    const got = (real ? last.realMs : last.virtualMs) / 1000;
    const most = real ? seconds * realTimeFactor : seconds;
    return got <= most
      ? []
      : [
          `took ${got.toFixed(3)} s on the ${real ? 'real' : 'virtual'} clock, at most ${most.toFixed(3)} s are allowed`,
        ];
  };
}
