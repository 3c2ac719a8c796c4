import { AgentParsingError } from '../errors';
import type { ModelReply } from '../models/model';

/**
 * Throws an `AgentParsingError` for a reply that its length limit cut off; `where` says inside what. The same words with
 * something else at the end would have meant something else: nothing of them is run.
 */
export function refuseCutOff({ finishReason }: ModelReply, where: string): void {
  if (finishReason !== 'length') return;
  throw new AgentParsingError(
    `The reply was cut off ${where}: it reached the limit of its length (finish reason "length"). Nothing of it was run; write less.`,
  );
}
