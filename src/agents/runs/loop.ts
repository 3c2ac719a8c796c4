import { AgentError, AgentFinalAnswerError, AgentMaxStepsError } from '../../errors';
import { show } from '../../executors/show';
import { writeMemoryToMessages } from '../../memory/messages';
import type { ActionStep } from '../../memory/step';
import type { ChatMessage, ModelReply } from '../../models/model';
import { abortable } from '../../web/abortable';
import type { Actor } from '../actor';
import type { AgentEvent, RunState } from '../agent';
import { callFailure } from '../calls/call-tool';
import { RunWaits } from '../calls/human';
import { Repeats } from '../calls/repeats';
import { outputOf } from '../replay';
import type { CallOutcome, StepFact } from '../saved/log-entry';
import type { CallRecord, CallsOfStep } from '../saved/point';
import { packed } from '../saved/snapshot';
import type { Scope } from '../scope';
import type { AgentSettings } from '../settings';
import { callBack } from './call-back';
import { abortError, describeError, errorRecord, type RunContext } from './context';
import { namingCutOff } from './cut-off';
import { lastWord } from './last-word';
import { plan, planIsDue } from './plan';
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
  from: LoopStart = FIRST_STEP,
): AsyncGenerator<AgentEvent, Ending> {
  const { memory, signal, path, runId } = context;
  const repeats = new Repeats(settings, context.calls);
  remember(from, repeats, context);
  let number = from.number;
  for (; number <= context.maxSteps || number === context.underWay?.number; number++) {
    context.spending.begin('steps');
    signal.throwIfAborted();
    const isPlanned = number === from.number && (from.planned || context.underWay !== undefined);
    if (!isPlanned && planIsDue(number, settings.planningInterval)) yield* takePlan(number, settings, context);
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
    const writing = writeDown(step, actor, context);
    if (writing) await writing;
    if (context.isRead) yield { type: 'step', step, path, runId };
    if (failure && !failure.recoverable) throw failure;
    if ('finalAnswer' in step) return yield* finalAnswer(step.finalAnswer, 'success', settings, context);
  }
  const step = yield* lastWord(number, settings, context);
  await callBack(step, settings, context);
  memory.append(step);
  await writeDown(step, actor, context);
  yield { type: 'step', step, path, runId };
  if (step.output === undefined) throw new AgentMaxStepsError(`${step.error?.message} The model gave no last word.`);
  return yield* finalAnswer(step.output, 'max_steps_error', settings, context);
}

/** Where the loop begins. */
export interface LoopStart {
  number: number;
  /** Whether the plan before that step is in memory. */
  planned: boolean;
  /** Steps that this run made before. */
  finished: readonly ActionStep[];
  /** Calls that it made before, by step and in the order of their results. */
  made: readonly CallsOfStep[];
}

const FIRST_STEP: LoopStart = { number: 1, planned: false, finished: [], made: [] };

/** Counts what the run did before it was saved. */
function remember({ finished, made }: LoopStart, repeats: Repeats, { calls, underWay }: RunContext): void {
  const known = (number: number, records: readonly CallRecord[], refusal?: string) => {
    for (const { call, outcome } of records) {
      const isAnswer = outcome && 'output' in outcome && call.name === 'final_answer';
      const text = isAnswer ? refusal : outcome && outcomeText(call.name, outcome);
      if (text !== undefined) calls.know(call, text, number);
    }
  };
  for (const step of finished) {
    known(step.number, made.find(({ number }) => number === step.number)?.records ?? [], step.error?.message);
    repeats.check({ ...step });
  }
  // what the sandbox does not know yet is told, and counted, again
  if (underWay)
    known(
      underWay.number,
      underWay.records.filter(({ isInSnapshot }) => isInSnapshot),
    );
}

function outcomeText(name: string, outcome: CallOutcome): string {
  try {
    return show(outputOf(outcome)).trim();
  } catch (error) {
    return callFailure(name, error).message;
  }
}

/**
 * Writes the finished step into the run's log, with what it changed. After the last step no sandbox is needed. A step that
 * an abort cut off is not finished: a run that goes on from the log goes on in it. No promise where nothing is waited for.
 */
function writeDown(step: ActionStep, actor: Actor, context: RunContext): Promise<void> | undefined {
  const { log, state, loggedNames, signal } = context;
  if (signal.aborted) return undefined;
  const elapsedMs = context.spending.elapsedMs(step.timing.endMs);
  const fact: StepFact = { type: 'step', number: step.number, step, elapsedMs, ...context.spending.ownEstimate() };
  if (state.size > loggedNames.size) {
    fact.added = Object.fromEntries([...state].filter(([name]) => !loggedNames.has(name)));
    for (const name of Object.keys(fact.added)) loggedNames.add(name);
  }
  const taking = 'finalAnswer' in step ? undefined : actor.snapshot();
  if (!taking) return log.write(fact);
  return taking.then((taken) => {
    if (taken !== undefined) fact.snapshot = taken === 'lost' ? taken : packed(taken);
    return log.write(fact);
  });
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
    if (context.delegations.isBusy) await context.delegations.settled(clock);
    step.timing.endMs = clock.now();
    if (failure) step.error = errorRecord(failure);
    scope.end(failure ? { type: 'failure', error: failure, step } : { type: 'step', step });
    return failure;
  } catch (error) {
    if (error instanceof RunWaits) {
      context.waitingStep = step;
      scope.end({ type: 'stopped', state: 'waiting' });
    }
    throw error;
  } finally {
    if (context.delegations.isBusy) await context.delegations.settled(clock); // also where the reader left
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
  const { memory, signal, addresses, toldSteps, words } = context;
  const known = addresses.count;
  const { number, records } = context.underWay ?? {};
  if (records && number === step.number)
    for (const { found = [] } of records) for (const address of found) addresses.add(address);
  let failure: AgentError | undefined;
  try {
    const messages = writeMemoryToMessages(memory.steps, { words, toldSteps }, memory.systemPrompt);
    step.inputMessages = messages;
    yield* readReply(step, messages, actor, settings, context, scope);
    const refusal = repeats.refuse(step);
    if (refusal) throw refusal;
    const acting = actor.act(step, scope);
    if (Symbol.asyncIterator in acting) yield* acting;
    else await acting;
    if ('finalAnswer' in step) await checkAnswer(step.finalAnswer, settings, context);
  } catch (error) {
    if (error instanceof RunWaits) throw error; // the step is not over
    failure = namingCutOff(failureOf(error, signal), step);
    if ('finalAnswer' in step) context.calls.answerRefused(failure.message, step.number);
    delete step.finalAnswer; // refused by a check
    step.error = errorRecord(failure);
  }
  if (addresses.count > known) step.foundAddresses = addresses.found.slice(known);
  return repeats.check(step) ?? failure;
}

/** Asks the model, or takes the reply that is known; writes it down before anything is done by it. */
async function* readReply(
  step: ActionStep,
  messages: readonly ChatMessage[],
  actor: Actor,
  settings: AgentSettings,
  context: RunContext,
  scope: Scope,
): AsyncGenerator<AgentEvent, void> {
  const known = context.underWay?.number === step.number ? context.underWay.reply : undefined;
  const reply = known?.reply ?? (yield* think({ messages, ...actor.question }, settings, context, scope, step.number));
  keepReply(step, reply);
  let unread: unknown;
  try {
    actor.read(step, reply, known?.calls.length ? known.calls : undefined);
  } catch (error) {
    unread = error;
  }
  // of a reply that a fork put in, it is written how it was read
  if (!known || (known.calls.length === 0 && step.toolCalls.length > 0)) {
    const about = { number: step.number, ...context.spending.ownEstimate() };
    const writing = context.log.write({ type: 'reply', ...about, reply, calls: step.toolCalls });
    if (writing) await writing;
  }
  if (unread !== undefined) throw unread;
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
  await context.log.write({ type: 'plan', number, step, ...context.spending.ownEstimate() });
  yield { type: 'plan', plan: step, path: context.path, runId: context.runId };
  context.signal.throwIfAborted(); // the step that the plan was for has not begun
}

async function* finalAnswer(
  output: unknown,
  state: Ending['state'],
  settings: AgentSettings,
  context: RunContext,
): AsyncGenerator<AgentEvent, Ending> {
  await callBack({ type: 'final-answer', output }, settings, context);
  if (context.isRead) yield { type: 'final-answer', output, path: context.path, runId: context.runId };
  return { output, state };
}
