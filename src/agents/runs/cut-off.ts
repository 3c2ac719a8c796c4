import { type AgentError, AgentParsingError } from '../../errors';
import type { ActionStep } from '../../memory/step';
import type { ModelReply } from '../../models/model';

/**
 * Throws an `AgentParsingError` for a reply that reached its length limit inside what `where` names. The same words with
 * something else at the end would have meant something else: nothing of them is run.
 */
export function refuseCutOff({ finishReason }: ModelReply, where: string): void {
  if (finishReason === 'length') throw new AgentParsingError(`The reply ends ${where}: nothing of it was run.`);
}

/** The error of a step, which says so where the reply could not be read because it was cut off. */
export function namingCutOff(failure: AgentError, { finishReason }: ActionStep): AgentError {
  if (failure.code !== 'parsing' || finishReason !== 'length') return failure;
  const message = `${failure.message} It was cut off at the limit of its length (finish reason "length"): write less.`;
  return new AgentParsingError(message, { cause: failure });
}
