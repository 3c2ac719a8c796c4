import { deepEquals, show } from '../json';
import type { EndsExpectation } from './case';
import type { EndedRun } from './play';

const MOST_TOLD = 5;

/** What was wrong in any of the runs, and which ends were not as expected. */
export function judge({ states, runs: least }: EndsExpectation, runs: readonly EndedRun[]): string[] {
  const wrong = runs.flatMap(({ moment, problems }) =>
    problems.map((problem) => `${moment ? show(moment) : 'not ended'}: ${problem}`),
  );
  const reached = [...new Set(runs.map(({ state }) => state))].sort();
  return [
    ...wrong.slice(0, MOST_TOLD),
    ...(wrong.length > MOST_TOLD ? [`and ${wrong.length - MOST_TOLD} more`] : []),
    ...(deepEquals(reached, [...states].sort()) ? [] : [`states: ${show(reached)}, expected ${show(states)}`]),
    ...(runs.length >= least ? [] : [`runs: ${runs.length}, expected ${least} or more`]),
  ];
}
