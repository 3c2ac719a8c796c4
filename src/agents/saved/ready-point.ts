import { AgentConfigurationError } from '../../errors';
import { thrownWords } from '../../executors/thrown';
import { Memory } from '../../memory/memory';
import type { MemoryStep } from '../../memory/step';
import type { AgentSettings } from '../settings';
import type { LogEntry } from './log-entry';
import { pointOf, type StartingPoint } from './point';
import { type ReadyPoint, shapeOf, VARIABLES_ARE_GONE } from './run-shape';
import { unpacked } from './unpack-snapshot';

/** Throws an `AgentConfigurationError` where this agent cannot go on with the run. */
export function checkShape({ begin }: StartingPoint, settings: AgentSettings): void {
  const here = shapeOf(settings);
  const saved = begin.agent;
  if (saved.class !== here.class)
    throw new AgentConfigurationError(`The saved run is one of a ${saved.class}, and this is a ${here.class}`);
  for (const [what, kind] of [
    ['tool', 'tools'],
    ['managed agent', 'managedAgents'],
  ] as const) {
    const missing = saved[kind].find((name) => !here[kind].includes(name));
    if (missing !== undefined)
      throw new AgentConfigurationError(
        `The saved run has the ${what} "${missing}", which this ${here.class} lacks; it has ${here[kind].join(', ') || 'none'}`,
      );
  }
}

/**
 * Where a run goes on by its log; undefined where it has not begun. Throws an `AgentConfigurationError` for a log that
 * is not whole, one of another agent, and a sandbox that cannot be opened here: nothing has run then.
 */
export async function readyPoint(
  entries: readonly LogEntry[],
  within: readonly string[],
  settings: AgentSettings,
): Promise<ReadyPoint | undefined> {
  const point = pointOf(entries, within);
  if (!point) return undefined;
  checkShape(point, settings);
  const snapshot = point.underWay?.snapshot ?? point.snapshot;
  const kept = snapshot === 'lost' ? undefined : await snapshot;
  const sandbox = kept && (await unpacked(Promise.resolve(kept)));
  if (sandbox && !settings.executor) await checkSandbox(sandbox);
  const isLost =
    !sandbox &&
    (point.snapshot === 'lost' ||
      point.finished.some((step) => settings.agentClass === 'CodeAgent' && step.code !== undefined));
  return { ...point, sandbox, memory: isLost ? withNote(point.memory) : point.memory };
}

async function checkSandbox(bytes: Uint8Array): Promise<void> {
  const { unpackState } = await import('../../executors/saved-state'); // only who goes on with code needs it
  try {
    unpackState(bytes);
  } catch (cause) {
    throw new AgentConfigurationError(`The saved run cannot be gone on with: ${thrownWords(cause).message}`);
  }
}

/** The memory, its last step with a note that the model is to read. */
function withNote({ systemPrompt, steps }: Memory): Memory {
  const last = steps.at(-1);
  const noted: MemoryStep[] =
    last?.type === 'action'
      ? [{ ...last, notes: [...(last.notes ?? []), VARIABLES_ARE_GONE] }]
      : last?.type === 'task'
        ? [{ ...last, task: `${last.task}\n${VARIABLES_ARE_GONE}` }]
        : [];
  return noted.length ? new Memory(systemPrompt, [...steps.slice(0, -1), ...noted]) : new Memory(systemPrompt, steps);
}
