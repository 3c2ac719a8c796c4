import { AgentConfigurationError } from '../../errors';
import { refuseUnknownOptions } from '../../web/options';
import type { Branch, ForkEdits, LogRecord } from '../agent';
import type { HumanAnswers } from '../calls/human';
import { checkRunOptions, checkTask } from '../runs/run-options';
import { fullTask } from '../runs/run-order';
import type { AgentSettings } from '../settings';
import { checkAnswers } from './check-answers';
import { type ForkSettings, forkLog } from './fork-log';
import type { LogEntry, PastRun } from './log-entry';
import { entryToJson } from './log-json';
import { managedLogs } from './managed-logs';
import { nextTask } from './next-task';
import { pointOf, waitingCalls } from './point';
import { checkedPoint, checkShape } from './ready-point';
import { isRecorded, recordedLog } from './recorded-log';
import { readSavedLog } from './run-file';

/** The log of a run to be gone on with. Throws an `AgentConfigurationError` for what is none, and for answers to nothing. */
export function resumedLog(saved: unknown, answers: HumanAnswers, settings: AgentSettings): readonly LogEntry[] {
  const past = checkedLog(savedPast(saved, settings).entries, settings);
  checkAnswers(answers, waitingCalls(past), settings.agentClass);
  return past;
}

/** The log of a branch. Throws an `AgentConfigurationError` for a step or a call that was not made. */
export async function branchLog(
  past: PastRun,
  step: number,
  edits: ForkEdits,
  settings: AgentSettings,
): Promise<readonly LogEntry[]> {
  const own = forkLog(past.entries, step, edits, forkSettings(settings));
  return checkedLog([...own, ...(await managedLogs(past, step, edits, settings))], settings);
}

/** As `Delegate.branchSaved`. */
export async function branchOfCall(
  { entries, recording }: PastRun,
  step: number,
  edits: ForkEdits,
  settings: AgentSettings,
): Promise<readonly LogEntry[]> {
  const { agentClass, name = agentClass, prompts } = settings;
  const told = (task: unknown) => prompts.managedAgent.task({ name, task: String(task) });
  const recorded = recording && { ...recording, task: told(recording.task) };
  const past = entries.length === 0 && recorded ? savedPast(recorded, settings) : { entries };
  return branchLog(past, step, edits.task === undefined ? edits : { ...edits, task: told(edits.task) }, settings);
}

/** The log in what was saved, or that of a recording. Throws an `AgentConfigurationError` for anything else. */
export function savedPast(saved: unknown, settings: AgentSettings): PastRun {
  if (isRecorded(saved)) return { entries: recordedLog(saved, settings), recording: saved };
  return { entries: readSavedLog(saved) };
}

/** Names of the tools that the run itself called in this step or after it. */
export function calledFrom(entries: readonly LogEntry[], step: number): ReadonlySet<string> {
  return new Set(
    entries.flatMap((entry) =>
      entry.type === 'call' && entry.within.length === 0 && entry.number >= step ? [entry.call.name] : [],
    ),
  );
}

/** What `Agent.branch` gives. */
export async function branchRecords(saved: unknown, branch: Branch, settings: AgentSettings): Promise<LogRecord[]> {
  return Promise.all((await branchEntries(savedPast(saved, settings), branch, settings)).map(entryToJson));
}

async function branchEntries(
  past: PastRun,
  { step, answers, ...rest }: Branch,
  settings: AgentSettings,
): Promise<readonly LogEntry[]> {
  if (step !== undefined) return branchLog(past, step, rest, settings);
  if (answers !== undefined) {
    checkAnswers(answers, waitingCalls(checkedLog(past.entries, settings)), settings.agentClass);
    const answered: readonly LogEntry[] = [...past.entries, { type: 'answers', within: [], answers }];
    await checkedPoint(answered, [], settings);
    return answered;
  }
  const { task, additionalArgs, ...unknown } = rest;
  refuseUnknownOptions(`${settings.agentClass}: branch`, unknown, []);
  checkTask(task, settings);
  checkRunOptions({ ...(additionalArgs && { additionalArgs }) }, settings);
  const point = pointOf(checkedLog(past.entries, settings), []);
  return point ? [await nextTask(point, { task: String(task), additionalArgs }, settings)] : [];
}

function checkedLog(past: readonly LogEntry[], settings: AgentSettings): readonly LogEntry[] {
  const point = pointOf(past, []);
  if (!point) throw new AgentConfigurationError(`${settings.agentClass}: the saved run has no beginning`);
  checkShape(point, settings);
  return past;
}

function forkSettings(settings: AgentSettings): ForkSettings {
  const { agentClass, codeBlockTags, useStructuredOutputsInternally } = settings;
  const [opening, closing] = codeBlockTags;
  return {
    agentClass,
    fullTask: (task, additionalArgs) => fullTask(settings, { task, additionalArgs, from: undefined }),
    withCode: (content, before, code) => {
      if (useStructuredOutputsInternally) return JSON.stringify({ thought: '', code });
      const isThere = before !== undefined && content.includes(before);
      return isThere ? content.replace(before, () => code) : `${opening}\n${code}\n${closing}`;
    },
  };
}
