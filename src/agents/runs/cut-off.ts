import { type AgentError, AgentParsingError } from '../../errors';
import type { ActionStep } from '../../memory/step';
import type { ModelReply } from '../../models/model';

/** How servers say that a reply is whole, in small letters. Where nothing is said, the adapter has seen its end. */
const WHOLE = new Set([
  ...['stop', 'tool_calls', 'function_call', 'end_turn', 'tool_use', 'stop_sequence', 'eos', 'eos_token'],
  ...['complete', 'completed'],
]);

/**
 * Throws an `AgentParsingError` for a reply that was cut off inside what `where` names: by its length limit, a filter, a
 * server that gave up, or for a reason nobody knows. The same words with something else at the end would have meant something
 * else: nothing of them is run.
 */
export function refuseCutOff({ finishReason }: ModelReply, where: string): void {
  if (isCut(finishReason)) throw new AgentParsingError(`The reply ends ${where}: nothing of it was run.`);
}

/** The error of a step, which says so where the reply could not be read because it was cut off. */
export function namingCutOff(failure: AgentError, { finishReason }: ActionStep): AgentError {
  if (failure.code !== 'parsing' || !isCut(finishReason)) return failure;
  const how =
    finishReason === 'length'
      ? 'It was cut off at the limit of its length (finish reason "length"): write less.'
      : `It was cut off (finish reason "${finishReason}"): write it anew.`;
  return new AgentParsingError(`${failure.message} ${how}`, { cause: failure });
}

function isCut(finishReason: string | undefined): boolean {
  return finishReason !== undefined && !WHOLE.has(finishReason.toLowerCase().replaceAll('-', '_'));
}
