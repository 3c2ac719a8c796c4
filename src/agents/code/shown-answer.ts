import type { CodeOutput } from '../../executors/executor';
import type { ToolCall } from '../../models/model';

/** Id of the call that a step's answer is. */
export function answerId(step: number): string {
  return `final_answer_${step}`;
}

/** What a human was asked about goes on as it was shown: the code may give something else when it is run again. */
export function answerAsShown(output: CodeOutput, shown: ToolCall | undefined): CodeOutput {
  if (!shown || !Array.isArray(shown.arguments)) return output;
  const { error: _, ...rest } = output;
  const args: readonly unknown[] = shown.arguments;
  return { ...rest, answer: { value: args[0], ...(args.length > 1 && { args }) } };
}
