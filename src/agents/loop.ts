import { AgentError, AgentFinalAnswerError, AgentMaxStepsError } from '../errors';
import { writeMemoryToMessages } from '../memory/messages';
import type { ActionStep } from '../memory/step';
import type { ModelReply } from '../models/model';
import type { Actor } from './actor';
import type { AgentEvent, RunState } from './agent';
import { abortable, abortError, describeError, errorRecord, type RunContext } from './context';
import { namingCutOff } from './cut-off';
import { lastWord } from './last-word';
import { plan, planIsDue } from './plan';
import { memoryWords } from './prompt-facts';
import { Repeats } from './repeats';
import type { Scope } from './scope';
import type { AgentSettings, CallbackStep } from './settings';
import { think } from './think';

/** What a run that came to an end by itself gave. */
export interface Ending {
  output: unknown;
  state: Extract<RunState, 'success' | 'max_steps_error'>;
}

/** Thinks, acts and observes until an answer or the last step. Throws the `AgentError` that ended the run. */
export async function* loop(
  actor: Actor,
  settings: AgentSettings,
  context: RunContext,
): AsyncGenerator<AgentEvent, Ending> {
  const { memory, signal, path, runId } = context;
  const repeats = new Repeats(settings);
  for (let number = 1; number <= context.maxSteps; number++) {
    context.spending.begin('steps');
    signal.throwIfAborted();
    if (planIsDue(number, settings.planningInterval)) yield* takePlan(number, settings, context);
    const step: ActionStep = {
      type: 'action',
      number,
      text: '',
      toolCalls: [],
      timing: { startMs: context.clock.now(), endMs: 0 },
    };
    const failure = yield* takeStep(step, actor, repeats, settings, context); // an AgentError, kept on the step too
    if (settings.stepCallbacks.length) await callBack(step, settings, context);
    memory.append(step); // the failed step as well: the model reads it in its next turn, a person in the trace
    if (context.isRead) yield { type: 'step', step, path, runId };
    if (failure && !failure.recoverable) throw failure;
    if ('finalAnswer' in step) return yield* finalAnswer(step.finalAnswer, 'success', settings, context);
  }
  const step = yield* lastWord(settings, context);
  await callBack(step, settings, context);
  memory.append(step);
  yield { type: 'step', step, path, runId };
  if (step.output === undefined) throw new AgentMaxStepsError(`${step.error?.message} The model gave no last word.`);
  return yield* finalAnswer(step.output, 'max_steps_error', settings, context);
}

/** One step: what `loop` does in each turn, but for the callbacks and the memory. Gives its error, kept on the step too. */
async function* takeStep(
  step: ActionStep,
  actor: Actor,
  repeats: Repeats,
  settings: AgentSettings,
  context: RunContext,
): AsyncGenerator<AgentEvent, AgentError | undefined> {
  const { clock } = context;
  const scope = context.scope.child({ type: 'step', number: step.number });
  try {
    const failure = yield* attempt(step, actor, repeats, settings, context, scope);
    await context.delegations.settled(clock);
    step.timing.endMs = clock.now();
    if (failure) step.error = errorRecord(failure);
    scope.end(failure ? { type: 'failure', error: failure, step } : { type: 'step', step });
    return failure;
  } finally {
    await context.delegations.settled(clock); // also where the reader left
    scope.end();
  }
}

async function* attempt(
  step: ActionStep,
  actor: Actor,
  repeats: Repeats,
  settings: AgentSettings,
  context: RunContext,
  scope: Scope,
): AsyncGenerator<AgentEvent, AgentError | undefined> {
  const { memory, signal, toldSteps } = context;
  const words = memoryWords(settings);
  let failure: AgentError | undefined;
  try {
    const messages = writeMemoryToMessages(memory.steps, { words, toldSteps }, memory.systemPrompt);
    step.inputMessages = messages;
    const reply = yield* think({ ...actor.question, messages }, settings, context, scope, step.number);
    keepReply(step, reply);
    yield* repeats.listen(actor.act(step, reply, scope), context.runId);
    if ('finalAnswer' in step) await checkAnswer(step.finalAnswer, settings, context);
  } catch (error) {
    failure = namingCutOff(failureOf(error, signal), step);
    delete step.finalAnswer; // refused by a check
    step.error = errorRecord(failure);
  }
  return repeats.check(step) ?? failure;
}

function keepReply(step: ActionStep, { content, reasoning, usage, finishReason }: ModelReply): void {
  step.text = content ?? '';
  if (reasoning) step.reasoning = reasoning;
  if (usage) step.usage = usage;
  if (finishReason) step.finishReason = finishReason;
}

/** The error as the run keeps it: an abort as such, anything that is no AgentError as one that ends the run. */
function failureOf(error: unknown, signal: AbortSignal): AgentError {
  if (signal.aborted) return abortError(signal.reason);
  if (error instanceof AgentError) return error;
  return new AgentError(`The step failed: ${describeError(error)}`, { cause: error });
}

async function checkAnswer(
  answer: unknown,
  { finalAnswerChecks }: AgentSettings,
  { memory, signal, scope }: RunContext,
): Promise<void> {
  for (const check of finalAnswerChecks) {
    const name = check.name || 'a check without a name';
    let passed: boolean;
    try {
      passed = await abortable(
        scope.with(() => check(answer, { memory })),
        signal,
      );
    } catch (cause) {
      signal.throwIfAborted();
      throw new AgentFinalAnswerError(`The final answer was refused by ${name}: ${describeError(cause)}`, { cause });
    }
    if (!passed) throw new AgentFinalAnswerError(`The final answer was refused by ${name}.`);
  }
}

async function* takePlan(number: number, settings: AgentSettings, context: RunContext): AsyncGenerator<AgentEvent> {
  const step = yield* plan(number, settings, context);
  await callBack(step, settings, context);
  context.memory.append(step);
  yield { type: 'plan', plan: step, path: context.path, runId: context.runId };
}

async function* finalAnswer(
  output: unknown,
  state: Ending['state'],
  settings: AgentSettings,
  context: RunContext,
): AsyncGenerator<AgentEvent, Ending> {
  await callBack({ type: 'final-answer', output }, settings, context);
  yield { type: 'final-answer', output, path: context.path, runId: context.runId };
  return { output, state };
}

/** Runs the step callbacks, which may change the step before memory holds it. An abort ends the wait for them, no more. */
export async function callBack(
  step: CallbackStep,
  { stepCallbacks }: AgentSettings,
  { memory, runId, abort, signal, scope }: RunContext,
): Promise<void> {
  for (const callback of stepCallbacks) {
    try {
      await abortable(
        scope.with(() => callback(step, { memory, runId, abort })),
        signal,
      );
    } catch (cause) {
      if (signal.aborted && cause === signal.reason) continue; // the step is kept; the loop ends the run
      throw new AgentError(`The step callback ${callback.name || 'without a name'} threw: ${describeError(cause)}`, {
        cause,
      });
    }
  }
}
