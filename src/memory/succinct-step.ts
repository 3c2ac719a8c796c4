import type { MemoryStep } from './step';

/** The step without the messages that its model call was given: each of them repeats the whole history. */
export function succinctStep<Step extends MemoryStep>(step: Step): Step {
  const { inputMessages: _, ...rest }: Step & { inputMessages?: unknown } = step;
  return rest as Step; // it may be left out
}
