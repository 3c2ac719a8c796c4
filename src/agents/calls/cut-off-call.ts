import { type AgentError, AgentToolExecutionError } from '../../errors';

/** Of a call that had begun when its run was cut off, and that is not made again. */
export function cutOffCall(name: string): AgentError {
  return new AgentToolExecutionError(
    `${name} was interrupted: the run was cut off while it ran, and it is not known what it did. It was not run again.`,
  );
}
