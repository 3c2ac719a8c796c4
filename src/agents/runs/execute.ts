import type { AgentError } from '../../errors';
import { Memory } from '../../memory/memory';
import type { TaskStep } from '../../memory/step';
import { addUsage, totalUsage } from '../../memory/usage';
import type { ToolCall } from '../../models/model';
import type { Actor, ActorOfRun, KeptSandbox } from '../actor';
import type { AgentEvent, RunState } from '../agent';
import { RunWaits, type WaitingCall } from '../calls/human';
import { systemPromptOf } from '../prompts/system-prompt';
import { managedReplies } from '../replay';
import type { RunLog } from '../saved/log-entry';
import { type ReadyPoint, shapeOf } from '../saved/run-shape';
import { packed } from '../saved/snapshot';
import type { AgentSettings } from '../settings';
import { BudgetSpent, withoutPrice } from './budget';
import { callBack } from './call-back';
import { abortError, errorRecord, type RunContext } from './context';
import { contextOf } from './context-of';
import { errorLike } from './error-like';
import { type Ending, loop } from './loop';
import { endingError, outcomeOf, stateOf, workOf } from './run-facts';
import type { Finished, Left, RunOrder } from './run-order';
import { READER_LEFT } from './run-under-way';

/** Makes one run: its events, and at the end what it came to, whether it failed or not. */
export async function* execute(
  settings: AgentSettings,
  makeActor: ActorOfRun,
  order: RunOrder,
  onEnd: (finished: Finished) => void,
): AsyncGenerator<AgentEvent, void> {
  const scope = order.scope.child(workOf(settings, order));
  const startMs = order.clock.now();
  const context = contextOf(settings, order, scope, startMs);
  const { runId, path, clock, log, spending } = context;
  const sandbox = order.point ? order.point.sandbox : order.from?.snapshot;
  let actor: Actor | undefined;
  let output: unknown;
  let state: RunState = 'interrupted'; // what it stays when the reader leaves
  let failure: AgentError | undefined;
  let hasEnded = false;
  let waiting: readonly WaitingCall[] = [];
  spending.start();
  try {
    if (order.isRead) yield { type: 'run-start', task: order.task, path, runId };
    if (order.point) await goOn(order.point, settings, context);
    else await begin(settings, order, context);
    actor = makeActor(context, sandbox);
    if (order.point && !order.point.ended) await actor.ready();
    ({ output, state } = yield* order.point?.ended
      ? toldAgain(order.point, context)
      : loop(actor, settings, context, order.point));
    await log.write({ type: 'end', state });
    hasEnded = true;
  } catch (error) {
    hasEnded = true;
    if (error instanceof RunWaits) waiting = error.calls;
    else failure = endingError(error, order.signal);
    state = failure ? stateOf(failure) : 'waiting';
    if (failure && state !== 'interrupted') await writeEnd(log, state, failure);
  } finally {
    spending.stop();
    if (!hasEnded) failure = abortError(READER_LEFT); // made only now: an error is dear
    const kept = await actor?.end({ isContinued: order.above === undefined }).catch(() => undefined);
    const { memory, waitingStep } = context;
    const { complete, ...tokens } = totalUsage(waitingStep ? [...memory.steps, waitingStep] : memory.steps);
    const usage = addUsage(tokens.steps, tokens.plans);
    const endMs = clock.now();
    const result: Finished['result'] = {
      output,
      state,
      runId,
      memory,
      steps: memory.steps,
      usage,
      inclusiveUsage: addUsage(usage, tokens.managed),
      usageComplete: complete,
      spent: spending.spent(endMs),
      timing: { startMs, endMs },
      waiting,
    };
    if (failure) result.error = errorRecord(failure);
    if (failure?.cause instanceof BudgetSpent) result.exhausted = failure.cause.limit; // its own, or that of a run above
    context.waits.close();
    try {
      scope.end(outcomeOf(failure, state, output, tokens));
    } catch {} // who only watches takes no run its end
    onEnd({ result, left: leftBehind(context, kept, sandbox), failure, log });
  }
  if (state === 'waiting') yield { type: 'waiting', calls: waiting, path, runId };
  yield { type: 'run-end', state, path, runId, ...(failure && { error: errorRecord(failure) }) };
}

/** The memory of a new run, with its task, written down. */
async function begin(settings: AgentSettings, order: RunOrder, context: RunContext): Promise<void> {
  const { from, runId, task, additionalArgs, maxSteps } = order;
  if (!from) context.memory = new Memory(systemPromptOf(settings));
  const step = taskStep(order, context.task);
  await callBack(step, settings, context);
  context.memory.append(step);
  const { memory, state, newVariables, log } = context;
  await log.write({
    type: 'begin',
    runId,
    agent: shapeOf(settings),
    task,
    ...(additionalArgs && { additionalArgs }),
    ...(maxSteps !== undefined && { maxSteps }),
    ...(order.budget && order.budget !== settings.budget && { budget: withoutPrice(order.budget) }),
    memory: new Memory(memory.systemPrompt, memory.steps),
    state: new Map(state),
    newNames: Object.keys(newVariables),
    ...(from?.snapshot && { snapshot: packed(from.snapshot) }),
  });
}

async function goOn(
  point: NonNullable<RunOrder['point']>,
  settings: AgentSettings,
  context: RunContext,
): Promise<void> {
  countBefore(point, settings, context);
  const { newLimits = {} } = point;
  if (Object.keys(newLimits).length > 0) await context.log.write({ type: 'limits', ...newLimits });
  if (point.ended) return context.signal.throwIfAborted();
  context.spending.check();
  context.signal.throwIfAborted();
  countUnderWay(point, settings, context);
  if (!point.underWay?.shown.length) return; // a step that was cut off goes on: it had begun within the budget
  context.spending.check(); // a call that waited may be the next thing that is done
  context.signal.throwIfAborted();
}

/** What the run spent before it was cut off counts in its budget; of a managed agent that had not ended, when it goes on. */
function countBefore(
  { begin, memory, finished, made, underWay, estimatedTokens }: ReadyPoint,
  { model, managedAgents }: AgentSettings,
  context: RunContext,
): void {
  const { modelId } = model;
  const own = memory.steps
    .slice(begin.memory.steps.length)
    .flatMap((step) => ('usage' in step && step.usage ? [{ modelId, usage: step.usage }] : []));
  const managed = managedReplies(
    made.flatMap(({ records }) => records),
    modelId,
  );
  for (const paid of [...own, ...managed]) context.spend(paid.usage, paid.modelId);
  const { spending } = context;
  if (estimatedTokens > 0) spending.estimated(estimatedTokens);
  spending.count('steps', finished.filter(({ error }) => error?.code !== 'max_steps').length);
  const goesOn = ({ name }: ToolCall) => managedAgents.some((member) => member.name === name && member.resumable);
  for (const { call, began, outcome, managedSpent } of [...made, ...(underWay ? [underWay] : [])].flatMap(
    ({ records }) => records,
  )) {
    if (began && call.name !== 'final_answer' && (outcome || !goesOn(call))) spending.count('toolCalls', 1);
    spending.count('steps', managedSpent?.steps ?? 0);
    spending.count('toolCalls', managedSpent?.toolCalls ?? 0);
    spending.estimatedBelow(managedSpent?.estimatedTokens ?? 0);
  }
}

/** What the reply of the step that the run goes on with cost, and those of managed agents whose calls are done in it. */
function countUnderWay({ underWay }: ReadyPoint, { model: { modelId } }: AgentSettings, context: RunContext): void {
  if (!underWay) return;
  const { usage } = underWay.reply.reply;
  if (usage) context.spend(usage, modelId);
  for (const paid of managedReplies(underWay.records, modelId)) context.spend(paid.usage, paid.modelId);
}

/** A run that had ended by itself: its answer is given again, its failure thrown again. */
async function* toldAgain(
  { ended, finished }: ReadyPoint,
  { path, runId }: RunContext,
): AsyncGenerator<AgentEvent, Ending> {
  if (ended?.error) throw errorLike(ended.error, { cause: undefined });
  const last = finished.at(-1);
  const output = last && 'finalAnswer' in last ? last.finalAnswer : last?.output;
  yield { type: 'final-answer', output, path, runId };
  return { output, state: ended?.state === 'max_steps_error' ? 'max_steps_error' : 'success' };
}

/** What a run that goes on from this one finds; the variables of a sandbox that was kept are in it. */
function leftBehind(
  { memory, state, newVariables }: RunContext,
  kept: KeptSandbox | undefined,
  before: Uint8Array | undefined,
): Left {
  if (kept) return { memory, state, sandbox: kept, newVariables: {} };
  return { memory, state, sandbox: before && (async () => before), newVariables };
}

/** A log that cannot be written is no reason to lose the run's own failure. */
async function writeEnd(log: RunLog, state: RunState, failure: AgentError): Promise<void> {
  await log.write({ type: 'end', state, error: errorRecord(failure) })?.catch(() => {});
}

function taskStep({ images }: RunOrder, task: string): TaskStep {
  return images.length ? { type: 'task', task, images } : { type: 'task', task };
}
