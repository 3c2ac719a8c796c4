import type { AgentError } from '../../errors';
import type { CodeOutput } from '../../executors/executor';
import type { ActionStep } from '../../memory/step';
import type { AgentEvent } from '../agent';
import { errorRecord } from '../runs/context';

/** What is told of a step of code that has ended. */
export function codeEvent(
  output: CodeOutput,
  step: ActionStep,
  failure: AgentError | undefined,
  about: { path: readonly string[]; runId: string; step: number },
): AgentEvent {
  return {
    type: 'code-output',
    logs: output.logs,
    ...('value' in output && { output: output.value }),
    ...('finalAnswer' in step && { answer: { value: step.finalAnswer } }),
    ...(failure && { error: errorRecord(failure) }),
    ...about,
  };
}
