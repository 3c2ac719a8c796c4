import type { Tool } from './tool';

/** Gives back the answer; agents end the run when it is called. */
export class FinalAnswerTool implements Tool<{ answer: unknown }, unknown> {
  readonly name = 'final_answer';
  readonly spanName = 'FinalAnswerTool'; // a string: minifiers rename classes
  readonly description = 'Gives the final answer to the task and ends the work.';
  readonly inputs = { answer: { type: 'any', description: 'The final answer' } } as const;
  readonly outputType = 'any';
  readonly idempotent = true;

  execute({ answer }: { answer: unknown }): unknown {
    return answer;
  }
}
