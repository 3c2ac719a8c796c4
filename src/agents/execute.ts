import { AgentError } from '../errors';
import { show } from '../executors/show';
import { Memory } from '../memory/memory';
import type { TaskStep } from '../memory/step';
import { addUsage, totalUsage } from '../memory/usage';
import type { ImagePart, TokenUsage } from '../models/model';
import type { Actor, ActorMaker } from './actor';
import type { AgentEvent, RunResult, RunState } from './agent';
import { type Budget, BudgetSpent, Spending } from './budget';
import { abortError, describeError, errorRecord, type RunContext, type Surroundings } from './context';
import { Delegations } from './delegations';
import { errorLike } from './error-like';
import { callBack, loop } from './loop';
import { promptFacts } from './prompt-facts';
import type { Outcome, RunTokens, RunWork, Scope } from './scope';
import type { AgentSettings } from './settings';

/** What an earlier run left for one that goes on from it. */
export interface Leftover {
  memory: Memory;
  state: ReadonlyMap<string, unknown>;
  /** The sandbox of a code agent. */
  snapshot: Uint8Array | undefined;
  /** Values of the state that the sandbox does not know yet, since no code ran after they were given. */
  newVariables: Readonly<Record<string, unknown>>;
}

/** A run to be made; the door has filled in what the caller left out. */
export interface RunOrder extends Omit<Surroundings, 'spending'> {
  task: string;
  runId: string;
  path: readonly string[];
  maxSteps: number | undefined;
  images: readonly ImagePart[];
  additionalArgs: Readonly<Record<string, unknown>> | undefined;
  from: Leftover | undefined;
  /** Whether anybody can read the events. */
  isRead: boolean;
  /** Said of the run where it is watched. */
  watched: Pick<RunWork['options'], 'stream' | 'reset' | 'returnFullResult'> & Pick<RunWork, 'previousTask'>;
  budget: Budget | undefined;
  /** Of the run that this one works for. */
  above: Spending | undefined;
  spend(usage: TokenUsage, modelId: string): void;
  abort(reason?: unknown): void;
}

/** What a run came to, and what a later one can go on from. */
export type Finished = Omit<RunResult, 'continue'> & { leftover: Leftover; failure: AgentError | undefined };

/** Makes one run: its events, and at the end what it came to, whether it failed or not. */
export async function* execute(
  settings: AgentSettings,
  makeActor: ActorMaker,
  order: RunOrder,
  onEnd: (finished: Finished) => void,
): AsyncGenerator<AgentEvent, void> {
  const scope = order.scope.child(workOf(settings, order));
  const startMs = order.clock.now();
  const context = contextOf(settings, order, scope, startMs);
  const { runId, path, clock, spending } = context;
  let actor: Actor | undefined;
  let output: unknown;
  let state: RunState = 'interrupted'; // what it stays when the reader leaves
  let failure: AgentError | undefined;
  let hasEnded = false;
  spending.start();
  try {
    yield { type: 'run-start', task: order.task, path, runId };
    if (!order.from) context.memory = new Memory(settings.prompts.systemPrompt(promptFacts(settings)));
    const step = taskStep(order, context.task);
    await callBack(step, settings, context);
    context.memory.append(step);
    actor = makeActor(settings, context, order.from?.snapshot);
    ({ output, state } = yield* loop(actor, settings, context));
    hasEnded = true;
  } catch (error) {
    failure = endingError(error, order.signal);
    state = stateOf(failure);
    hasEnded = true;
  } finally {
    spending.stop();
    if (!hasEnded) failure = abortError('its reader left'); // made only now: an error is dear
    const snapshot = await actor?.end({ isContinued: order.above === undefined }).catch(() => undefined);
    const { memory } = context;
    const { complete, ...tokens } = totalUsage(memory.steps);
    const usage = addUsage(tokens.steps, tokens.plans);
    const endMs = clock.now();
    const finished: Finished = {
      output,
      state,
      runId,
      memory,
      steps: memory.steps,
      usage,
      inclusiveUsage: addUsage(usage, tokens.managed),
      usageComplete: complete,
      spent: spending.spent(endMs - startMs),
      ...exhaustedBy(failure),
      timing: { startMs, endMs },
      leftover: {
        memory,
        state: context.state,
        snapshot: snapshot ?? order.from?.snapshot,
        newVariables: snapshot ? {} : context.newVariables,
      },
      failure,
      ...(failure && { error: errorRecord(failure) }),
    };
    scope.end(outcomeOf(failure, state, output, tokens));
    onEnd(finished);
  }
  yield { type: 'run-end', state, path, runId, ...(failure && { error: errorRecord(failure) }) };
}

function contextOf(settings: AgentSettings, order: RunOrder, scope: Scope, startMs: number): RunContext {
  const { signal, clock, ids, fetch, runId, path, from, budget, above, abort, additionalArgs, isRead } = order;
  const spending = new Spending({ budget, above, clock, startMs, abort });
  const memory = new Memory(from?.memory.systemPrompt ?? '', from?.memory.steps);
  const state = new Map([
    ...(from?.state ?? Object.entries(ownCopy(settings.state))),
    ...Object.entries(additionalArgs ?? {}),
  ]);
  return {
    signal,
    clock,
    ids,
    fetch,
    scope,
    runId,
    path,
    isRead,
    toldSteps: new Map(),
    spending,
    spend: (usage, modelId) => {
      order.spend(usage, modelId);
      spending.add(usage, modelId);
    },
    abort,
    delegations: new Delegations(),
    memory,
    state,
    newVariables: from?.snapshot ? { ...from.newVariables, ...additionalArgs } : Object.fromEntries(state),
    task: fullTask(settings, order),
    maxSteps: order.maxSteps ?? settings.maxSteps,
  };
}

/** The state that a run begins with: its own, so that a tool which changes a value changes no other run's. */
function ownCopy(state: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  try {
    return structuredClone(state);
  } catch {
    return state; // values that cannot be copied are the developer's to share
  }
}

/** The task with what comes with it: values by name, and a word on variables that did not survive. */
export function fullTask(
  { prompts, agentClass }: AgentSettings,
  { task, additionalArgs, from }: Pick<RunOrder, 'task' | 'additionalArgs' | 'from'>,
): string {
  const parts = [task];
  if (additionalArgs && Object.keys(additionalArgs).length)
    parts.push(`${prompts.additionalArgsIntro}\n${show(additionalArgs)}.`);
  const ranCode = from?.memory.steps.some((step) => step.type === 'action' && step.code !== undefined);
  if (agentClass === 'CodeAgent' && ranCode && !from?.snapshot)
    parts.push('The variables of the earlier code are gone; define anew what you need.');
  return parts.join('\n');
}

function taskStep({ images }: RunOrder, task: string): TaskStep {
  return images.length ? { type: 'task', task, images } : { type: 'task', task };
}

function endingError(error: unknown, signal: AbortSignal): AgentError {
  if (signal.aborted && error === signal.reason) return abortError(signal.reason); // also where that is an AgentError
  if (error instanceof AgentError) return ofThisRun(error);
  if (signal.aborted) return abortError(signal.reason);
  return new AgentError(`The run failed: ${describeError(error)}`, { cause: error });
}

/** The error, or one like it where it cannot carry this run's result: it is frozen, or carries another run's. */
function ofThisRun(error: AgentError): AgentError {
  return Object.isFrozen(error) || error.result !== undefined ? errorLike(error, { cause: error }) : error;
}

/** A run that its budget ended, or that waits, has not failed. */
function outcomeOf(failure: AgentError | undefined, state: RunState, output: unknown, tokens: RunTokens): Outcome {
  if (state === 'budget' || state === 'waiting') return { type: 'stopped', state, tokens };
  return failure ? { type: 'failure', error: failure, tokens } : { type: 'answer', output, tokens };
}

/** The part of its budget that ended the run, or a run above it. */
function exhaustedBy(failure: AgentError | undefined): Pick<RunResult, 'exhausted'> {
  return failure?.cause instanceof BudgetSpent ? { exhausted: failure.cause.limit } : {};
}

function stateOf({ kind }: AgentError): RunState {
  if (kind === 'aborted') return 'interrupted';
  if (kind === 'budget' || kind === 'waiting') return kind;
  return 'error';
}

function workOf(settings: AgentSettings, order: RunOrder): RunWork {
  const { agentClass, name, description, tools, managedAgents, maxSteps } = settings;
  const { previousTask, ...given } = order.watched;
  return {
    type: 'run',
    agentClass,
    agentName: name,
    agentDescription: description,
    runId: order.runId,
    task: order.task,
    previousTask,
    maxSteps,
    toolNames: tools.map((tool) => tool.name),
    managedAgents: managedAgents.map((member) => ({ name: member.name ?? '', description: member.description ?? '' })),
    options: {
      ...given,
      images: order.images.length,
      additionalArgs: order.additionalArgs,
      maxSteps: order.maxSteps,
    },
  };
}
