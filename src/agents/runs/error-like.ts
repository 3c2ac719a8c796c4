import {
  AgentError,
  type AgentErrorOptions,
  AgentExecutionError,
  AgentGenerationError,
  AgentMaxStepsError,
  AgentParsingError,
  AgentToolCallError,
  AgentToolExecutionError,
  type ErrorCode,
} from '../../errors';

const CLASSES: Readonly<Record<ErrorCode, new (message: string, options: AgentErrorOptions) => AgentError>> = {
  parsing: AgentParsingError,
  tool_call: AgentToolCallError,
  tool_execution: AgentToolExecutionError,
  execution: AgentExecutionError,
  agent: AgentError,
  generation: AgentGenerationError,
  max_steps: AgentMaxStepsError,
};

/** A new error of the class that the error's code stands for; its own class may be the developer's, with other arguments. */
export function errorLike(
  { code, message, kind }: Pick<AgentError, 'code' | 'message'> & { kind?: AgentError['kind'] },
  options: { message?: string; cause: unknown },
): AgentError {
  return new CLASSES[code](options.message ?? message, { cause: options.cause, ...(kind && { kind }) });
}
