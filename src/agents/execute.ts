import { AgentError } from '../errors';
import { show } from '../executors/show';
import { Memory } from '../memory/memory';
import type { TaskStep } from '../memory/step';
import { addUsage, totalUsage } from '../memory/usage';
import type { ImagePart } from '../models/model';
import type { Actor, ActorMaker } from './actor';
import type { AgentEvent, RunResult, RunState } from './agent';
import { abortError, describeError, errorRecord, type RunContext, type Surroundings } from './context';
import { callBack, loop } from './loop';
import { promptFacts } from './prompt-facts';
import type { RunWork, Scope } from './scope';
import type { AgentSettings } from './settings';

/** What an earlier run left for one that goes on from it. */
export interface Leftover {
  memory: Memory;
  state: ReadonlyMap<string, unknown>;
  /** The sandbox of a code agent. */
  snapshot: Uint8Array | undefined;
}

/** A run to be made; the door has filled in what the caller left out. */
export interface RunOrder extends Surroundings {
  task: string;
  runId: string;
  path: readonly string[];
  maxSteps: number | undefined;
  images: readonly ImagePart[];
  additionalArgs: Readonly<Record<string, unknown>> | undefined;
  from: Leftover | undefined;
  /** Said of the run where it is watched. */
  watched: Pick<RunWork['options'], 'stream' | 'reset' | 'returnFullResult'> & Pick<RunWork, 'previousTask'>;
  abort(reason?: unknown): void;
}

/** What a run came to, and what a later one can go on from. */
export type Finished = Omit<RunResult, 'continue'> & { leftover: Leftover; failure: AgentError | undefined };

/** Makes one run: its events, and at the end what it came to. Never throws but for a reader's own `throw`. */
export async function* execute(
  settings: AgentSettings,
  makeActor: ActorMaker,
  order: RunOrder,
  onEnd: (finished: Finished) => void,
): AsyncGenerator<AgentEvent, void> {
  const scope = order.scope.child(workOf(settings, order));
  const context = openContext(settings, order, scope);
  const { runId, path, memory, clock } = context;
  const startMs = clock.now();
  let actor: Actor | undefined;
  let output: unknown;
  let state: RunState = 'interrupted'; // what it stays when the reader leaves
  let failure: AgentError | undefined = abortError('its reader left');
  try {
    yield { type: 'run-start', task: order.task, path, runId };
    await callBack(taskStep(order, context.task), settings, context);
    memory.append(taskStep(order, context.task));
    actor = makeActor(settings, context, order.from?.snapshot);
    ({ output, state } = yield* loop(actor, settings, context));
    failure = undefined;
  } catch (error) {
    failure = endingError(error, order.signal);
    state = stateOf(failure);
  } finally {
    const snapshot = await actor?.end().catch(() => undefined);
    const { complete, ...tokens } = totalUsage(memory.steps);
    const usage = addUsage(tokens.steps, tokens.plans);
    const finished: Finished = {
      output,
      state,
      runId,
      memory,
      steps: memory.steps,
      usage,
      inclusiveUsage: addUsage(usage, tokens.managed),
      usageComplete: complete,
      timing: { startMs, endMs: clock.now() },
      leftover: { memory, state: context.state, snapshot: snapshot ?? order.from?.snapshot },
      failure,
      ...(failure && { error: errorRecord(failure) }),
    };
    scope.end(failure ? { type: 'failure', error: failure, tokens } : { type: 'answer', output, tokens });
    onEnd(finished);
  }
  yield { type: 'run-end', state, path, runId, ...(failure && { error: errorRecord(failure) }) };
}

/** The run's context; what a prompt function throws ends the scope as well. */
function openContext(settings: AgentSettings, order: RunOrder, scope: Scope): RunContext {
  try {
    return contextOf(settings, order, scope);
  } catch (error) {
    scope.end({ type: 'failure', error });
    throw error;
  }
}

function contextOf(settings: AgentSettings, order: RunOrder, scope: Scope): RunContext {
  const { signal, clock, ids, fetch, runId, path, from, abort, additionalArgs } = order;
  const memory = from
    ? new Memory(from.memory.systemPrompt, from.memory.steps)
    : new Memory(settings.prompts.systemPrompt(promptFacts(settings)));
  const state = new Map([...(from?.state ?? Object.entries(settings.state)), ...Object.entries(additionalArgs ?? {})]);
  return {
    signal,
    clock,
    ids,
    fetch,
    scope,
    runId,
    path,
    abort,
    memory,
    state,
    newVariables: from?.snapshot ? (additionalArgs ?? {}) : Object.fromEntries(state),
    task: fullTask(settings, order),
    maxSteps: order.maxSteps ?? settings.maxSteps,
  };
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
  if (error instanceof AgentError) return error;
  if (signal.aborted) return abortError(signal.reason);
  return new AgentError(`The run failed: ${describeError(error)}`, { cause: error });
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
