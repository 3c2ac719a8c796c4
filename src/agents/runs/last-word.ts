import { AgentError, AgentMaxStepsError } from '../../errors';
import { writeMemoryToMessages } from '../../memory/messages';
import type { ActionStep } from '../../memory/step';
import { abortable } from '../../web/abortable';
import type { AgentEvent } from '../agent';
import type { AgentSettings } from '../settings';
import { describeError, errorRecord, type RunContext } from './context';
import { think } from './think';

/**
 * One more model call, without tools, when the steps are used up. The step has the text as `output`, or the text of
 * the failure when the call failed; without text it has no output. Its error says that the steps were used up.
 */
export async function* lastWord(
  number: number,
  settings: AgentSettings,
  context: RunContext,
): AsyncGenerator<AgentEvent, ActionStep> {
  const { clock, memory, maxSteps, scope, signal, task, words } = context;
  const { preMessages, postMessages } = settings.prompts.finalAnswer;
  const error = new AgentMaxStepsError(`The step limit of ${maxSteps} was reached without an answer.`);
  const messages = [
    { role: 'system' as const, content: preMessages({ task, systemPrompt: memory.systemPrompt }) },
    ...writeMemoryToMessages(memory.steps, { words }),
    { role: 'user' as const, content: postMessages({ task }) },
  ];
  const step: ActionStep = {
    type: 'action',
    number,
    text: '',
    toolCalls: [],
    inputMessages: messages,
    error: errorRecord(error),
    timing: { startMs: clock.now(), endMs: 0 },
  };
  try {
    const reply = yield* think({ messages }, settings, context, scope, number);
    step.text = reply.content ?? '';
    if (reply.usage) step.usage = reply.usage;
    if (step.text.trim()) step.output = step.text;
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof AgentError && cause.kind === 'budget') throw cause; // nobody may be asked any more
    step.output = cause instanceof AgentError ? cause.message : describeError(cause);
  }
  const refusal = step.output === undefined ? undefined : await refusedBy(step.output, settings, context);
  if (refusal)
    step.error = errorRecord(new AgentMaxStepsError(`${error.message} The last word was refused by ${refusal}.`));
  step.timing.endMs = clock.now();
  return step;
}

/** The name of the check that refuses the last word, which stays the answer all the same: there is no step left. */
async function refusedBy(
  output: unknown,
  { finalAnswerChecks }: AgentSettings,
  { memory, signal, scope }: RunContext,
): Promise<string | undefined> {
  for (const check of finalAnswerChecks) {
    const checking = (async () => scope.with(() => check(output, { memory })))();
    const passed = await abortable(checking, signal).catch(() => false);
    signal.throwIfAborted();
    if (!passed) return check.name || 'a check without a name';
  }
  return undefined;
}
