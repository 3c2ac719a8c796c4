import { deepEquals, show } from '../json';
import type { Expectation } from './case';
import type { PlayedRun } from './play';

/** What is not as expected; each check is one key of the expectation. Limits in real time are multiplied by the factor. */
export function judge(expected: Expectation, played: PlayedRun, realTimeFactor: number): string[] {
  const failures = [...played.problems];
  const check = (name: string, isAsExpected: boolean, got: unknown, wanted: unknown): void => {
    if (!isAsExpected) failures.push(`${name}: ${show(got)}, expected ${show(wanted)}`);
  };
  const { outcome, answer, error, logs, calls, wallMs, touched } = played;
  const { outcome: outcomes = [], valueAnyOf, errorIncludes, hostCallsMax = {} } = expected;
  check('outcome', outcomes.includes(outcome), error ? [outcome, error] : outcome, outcomes);
  if (valueAnyOf && outcome === 'value') {
    const isOneOf = valueAnyOf.some((value) => deepEquals(answer, value));
    check('valueAnyOf', isOneOf, answer, valueAnyOf);
  }
  if (errorIncludes !== undefined) check('errorIncludes', error.includes(errorIncludes), error, errorIncludes);
  for (const [name, most] of Object.entries(hostCallsMax)) {
    const made = calls.get(name) ?? 0;
    check(`hostCallsMax.${name}`, made <= most, made, `at most ${most}`);
  }
  const atMost = (name: string, got: number, most: number | undefined): void => {
    if (most !== undefined) check(name, got <= most, got, `at most ${most}`);
  };
  atMost('maxLogChars', logs.length, expected.maxLogChars);
  atMost('maxErrorChars', error.length, expected.maxErrorChars);
  atMost('maxWallMs', wallMs, expected.maxWallMs && expected.maxWallMs * realTimeFactor);
  if (expected.hostUntouched) check('hostUntouched', touched.length === 0, touched, 'nothing');
  return failures;
}
