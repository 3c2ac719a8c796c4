import { Memory } from '../../memory/memory';
import { fullTask } from '../runs/run-order';
import type { AgentSettings } from '../settings';
import type { LogEntry } from './log-entry';
import type { StartingPoint } from './point';

const LAST_VARIABLES_ARE_GONE = 'Variables that your last code set are gone; define anew what you need of them.';

/** The beginning of a run with another task on what the run came to. Of code that gave its answer no sandbox was kept. */
export async function nextTask(
  point: StartingPoint,
  { task, additionalArgs }: { task: string; additionalArgs: Readonly<Record<string, unknown>> | undefined },
  settings: AgentSettings,
): Promise<LogEntry> {
  const { begin, memory, state, newNames, finished } = point;
  const snapshot = point.snapshot === 'lost' ? undefined : await point.snapshot;
  const from = { memory, state, snapshot, newVariables: {} };
  const last = finished.at(-1);
  const isBehind = snapshot && last?.code !== undefined && 'finalAnswer' in last;
  const told = fullTask(settings, { task, additionalArgs, from });
  const step = { type: 'task', task: isBehind ? `${told}\n${LAST_VARIABLES_ARE_GONE}` : told } as const;
  return {
    ...{ type: 'begin', within: [], runId: begin.runId, agent: begin.agent, task },
    ...(additionalArgs && { additionalArgs }),
    memory: new Memory(memory.systemPrompt, [...memory.steps, step]),
    state: new Map([...state, ...Object.entries(additionalArgs ?? {})]),
    newNames: [...new Set([...newNames, ...Object.keys(additionalArgs ?? {})])],
    ...(snapshot && { snapshot: Promise.resolve(snapshot) }),
  };
}
