import type { RunState } from '../agents/agent';
import { abortError, errorRecord } from '../agents/context';
import type { LogEntry } from '../agents/saved/log-entry';
import { AgentConfigurationError, AgentError } from '../errors';
import type { ErrorRecord } from '../memory/step';
import type { KnownFacts } from './run-facts';

/** A run that was cut off so often in a row at the same place brings its object down itself. */
const MAX_REVIVALS = 5;

/** How a run was to end when it was cut off: as it was told to, or as its log says; undefined where it goes on. */
export function endOf(
  entries: readonly LogEntry[],
  aborted: string | undefined,
): { state: RunState; error: ErrorRecord | undefined } | undefined {
  if (aborted !== undefined) return { state: 'interrupted', error: errorRecord(abortError(aborted)) };
  const last = entries.at(-1);
  const hasFailed = last?.type === 'end' && last.state !== 'success' && last.state !== 'max_steps_error';
  return hasFailed && last.within.length === 0 ? { state: last.state, error: last.error } : undefined;
}

/** The facts of a run that is gone on with at this length of its log. Throws an `AgentError` where that helped too often. */
export function revived(facts: KnownFacts, length: number): KnownFacts {
  const times = facts.revived?.entries === length ? facts.revived.times + 1 : 1;
  if (times > MAX_REVIVALS)
    throw new AgentError(`The worker was stopped ${MAX_REVIVALS} times at this place of the run`);
  return { ...facts, revived: { entries: length, times } };
}

/** What ended a run, for its readers: of an error that is none of the SDK's own nothing is told. */
export function asAgentError(error: unknown, what: string): AgentError {
  if (error instanceof AgentConfigurationError) return new AgentError(`${what}: ${error.message}`);
  return error instanceof AgentError ? error : new AgentError(what);
}
