import type { RunState } from '../../agents/agent';
import { abortError, errorRecord } from '../../agents/runs/context';
import type { LogEntry } from '../../agents/saved/log-entry';
import { readSavedLog } from '../../agents/saved/run-file';
import { AgentConfigurationError, AgentError } from '../../errors';
import type { ErrorRecord } from '../../memory/step';
import type { KeptEntry } from './log-rows';
import type { KnownFacts } from './run-facts';

/** A run that was cut off so often in a row at the same place brings its object down itself. */
const MAX_REVIVALS = 5;

/** What becomes of a run that was cut off: the end that it had come to, or what it goes on from. */
export interface AfterCutOff {
  end?: { state: RunState; error: ErrorRecord | undefined };
  entries: readonly LogEntry[];
  revived: NonNullable<KnownFacts['revived']>;
}

/** Throws an `AgentError` where the run cannot go on; `aborted` is why it was to end before it was cut off. */
export function afterCutOff(
  past: readonly KeptEntry[],
  { revived }: Pick<KnownFacts, 'revived'>,
  aborted: string | undefined,
): AfterCutOff {
  const entries = readSavedLog(past);
  const length = past.filter(({ type }) => type !== 'limits').length; // of those each life writes one
  const times = revived?.entries === length ? revived.times + 1 : 1;
  const after: AfterCutOff = { entries, revived: { entries: length, times } };
  if (aborted !== undefined)
    return { ...after, end: { state: 'interrupted', error: errorRecord(abortError(aborted)) } };
  const last = entries.at(-1);
  const hasFailed = last?.type === 'end' && last.state !== 'success' && last.state !== 'max_steps_error';
  if (hasFailed && last.within.length === 0) return { ...after, end: { state: last.state, error: last.error } };
  if (times > MAX_REVIVALS)
    throw new AgentError(`The worker was stopped ${MAX_REVIVALS} times at this place of the run`);
  return after;
}

/** What ended a run, for its readers: of an error that is none of the SDK's own nothing is told. */
export function asAgentError(error: unknown, what: string): AgentError {
  if (error instanceof AgentConfigurationError) return new AgentError(`${what}: ${error.message}`);
  return error instanceof AgentError ? error : new AgentError(what);
}
