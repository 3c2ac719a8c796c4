import { AgentConfigurationError } from '../../errors';
import type { ToolCall } from '../../models/model';
import type { ForkEdits } from '../agent';
import type { AgentSettings } from '../settings';
import { stepOfEach } from './fork-log';
import type { LogEntry, PastRun } from './log-entry';
import { recordedCall } from './recorded-log';

/**
 * What managed agents have behind them that go on in the middle of a step: the logs of branches of their own. Throws an
 * `AgentConfigurationError` for one that runs elsewhere, and for a call of which the log tells no more than what it gave.
 */
export async function managedLogs(
  { entries, recording }: PastRun,
  number: number,
  { managed = {} }: ForkEdits,
  settings: AgentSettings,
): Promise<LogEntry[]> {
  const logs = Object.entries(managed).map(async ([id, { step, ...edits }]) => {
    const { call, done } = doneBy(id, entries, number);
    const name = call?.name ?? '';
    const recorded = call && recording && recordedCall(recording, call);
    const member = settings.managedAgents.find((each) => each.name === name);
    const place = `${settings.agentClass}: fork: managed[${JSON.stringify(id)}]`;
    if (!member?.branchSaved)
      throw new AgentConfigurationError(
        `${place}: ${name} is no managed agent that runs here, so it has no steps here`,
      );
    if (done.length === 0 && !recorded)
      throw new AgentConfigurationError(`${place}: the saved run does not tell what ${name} did, only what it gave`);
    const log = await member.branchSaved({ entries: done, recording: recorded }, step, edits);
    return log.map((entry): LogEntry => ({ ...entry, within: [id, ...entry.within] }));
  });
  return (await Promise.all(logs)).flat();
}

/** What was done by a call of this step: its id may be that of a call of another step too. */
function doneBy(id: string, entries: readonly LogEntry[], number: number): { call?: ToolCall; done: LogEntry[] } {
  const steps = stepOfEach(entries);
  const ofStep = entries.filter((_, index) => steps[index] === number);
  const call = ofStep.find((entry) => entry.type === 'call' && entry.within.length === 0 && entry.call.id === id);
  const done = ofStep.flatMap((entry): LogEntry[] => {
    const [first, ...within] = entry.within;
    return first === id ? [{ ...entry, within }] : [];
  });
  return { done, ...(call?.type === 'call' && { call: call.call }) };
}
