import { AgentError } from '../../errors';
import type { RunState } from '../agent';
import type { Outcome, RunTokens, RunWork } from '../scope';
import type { AgentSettings } from '../settings';
import { abortError, describeError } from './context';
import { errorLike } from './error-like';
import type { RunOrder } from './run-order';

/** What is said of a run where it is watched. */
export function workOf(settings: AgentSettings, order: RunOrder): RunWork {
  const { agentClass, name, description, tools, managedAgents, maxSteps } = settings;
  const { previousTask, ...given } = order.watched;
  return {
    type: 'run',
    agentClass,
    agentName: name,
    agentDescription: description,
    runId: order.runId,
    task: order.task,
    earlierRunId: order.point?.begin.runId,
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

/** What ended the run, as an error of this run. */
export function endingError(error: unknown, signal: AbortSignal): AgentError {
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
export function outcomeOf(
  failure: AgentError | undefined,
  state: RunState,
  output: unknown,
  tokens: RunTokens,
): Outcome {
  if (state === 'budget' || state === 'waiting') return { type: 'stopped', state, tokens };
  return failure ? { type: 'failure', error: failure, tokens } : { type: 'answer', output, tokens };
}

export function stateOf({ kind }: AgentError): RunState {
  if (kind === 'aborted') return 'interrupted';
  if (kind === 'budget' || kind === 'waiting') return kind;
  return 'error';
}
