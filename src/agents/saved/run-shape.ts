import { Memory } from '../../memory/memory';
import type { MemoryStep } from '../../memory/step';
import type { AgentSettings } from '../settings';
import type { AgentShape } from './log-entry';
import type { LostStep, StartingPoint } from './point';

/** A starting point with its sandbox at hand, found fit for the agent that goes on from it. */
export type ReadyPoint = StartingPoint & {
  /** In the middle of the step where one was taken there; undefined where no code ran, or its variables are gone. */
  sandbox: Uint8Array | undefined;
  /** Are run again in that sandbox, or a new one, for their variables. */
  lostSteps: readonly LostStep[];
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

/** The memory of a run whose variables are gone, with a note on its last step that says so. */
export function withNote({ systemPrompt, steps }: Memory): Memory {
  const last = steps.at(-1);
  const noted: MemoryStep[] =
    last?.type === 'action'
      ? [{ ...last, notes: [...(last.notes ?? []), VARIABLES_ARE_GONE] }]
      : last?.type === 'task'
        ? [{ ...last, task: `${last.task}\n${VARIABLES_ARE_GONE}` }]
        : [];
  return noted.length ? new Memory(systemPrompt, [...steps.slice(0, -1), ...noted]) : new Memory(systemPrompt, steps);
}
