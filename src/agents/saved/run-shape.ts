import type { AgentSettings } from '../settings';
import type { AgentShape } from './log-entry';
import type { StartingPoint } from './point';

/** A starting point with its sandbox at hand, found fit for the agent that goes on from it. */
export type ReadyPoint = StartingPoint & {
  /** In the middle of the step where one was taken there; undefined where no code ran, or its variables are gone. */
  sandbox: Uint8Array | undefined;
};

/** Told to a model whose code has lost what it set. */
export const VARIABLES_ARE_GONE = 'The variables of the earlier code are gone; define anew what you need.';

/** What an agent must have to go on with a run of this one. */
export function shapeOf({ agentClass, tools, managedAgents }: AgentSettings): AgentShape {
  return {
    class: agentClass,
    tools: tools.map(({ name }) => name),
    managedAgents: managedAgents.map(({ name = '' }) => name),
  };
}

/** The point as one that a run goes on from: a run that failed goes on, one that came to its end by itself only tells it again. */
export function stillOpen(point: ReadyPoint): ReadyPoint {
  const { ended } = point;
  const came = ended?.state === 'success' || ended?.state === 'max_steps_error';
  return came ? point : { ...point, ended: undefined };
}
