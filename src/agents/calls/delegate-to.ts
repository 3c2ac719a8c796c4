import { cut, show } from '../../executors/show';
import { writeMemoryToMessages } from '../../memory/messages';
import { type Clock, held } from '../../web/clock';
import { memoryWords } from '../prompts/prompt-facts';
import type { Surroundings } from '../runs/context';
import type { Runner } from '../runs/run';
import type { Finished } from '../runs/run-order';
import { textOf } from '../runs/think';
import { isSameRun, type RunLog } from '../saved/log-entry';
import type { ReadyPoint } from '../saved/run-shape';
import type { AgentSettings } from '../settings';
import type { DelegateCall, DelegateReport } from './delegate';
import { RunWaits } from './human';

const MAX_SUMMARY_CHARACTERS = 20_000; // of one message, as in smolagents

/** Works on a manager's task and reports. Throws what the run failed with. */
export async function delegateTo(
  runner: Runner,
  { task, additionalArgs, runId, path, log, spend, emit }: DelegateCall,
  surroundings: Surroundings,
): Promise<DelegateReport> {
  const { settings } = runner;
  const { name = settings.agentClass, prompts } = settings;
  const { spending: above, ...given } = surroundings;
  const order = {
    ...given,
    above,
    task: prompts.managedAgent.task({ name, task }),
    additionalArgs,
    from: undefined,
    runId,
    log,
    point: await earlierPoint(log, settings, given.clock),
    spend,
    path: [...path, name],
  };
  const { result, failure } = await runner.delegated(order, emit);
  if (result.state === 'waiting') throw new RunWaits(result.waiting);
  if (failure) {
    failure.result = result;
    throw failure;
  }
  const report = prompts.managedAgent.report({
    name,
    finalAnswer: show(result.output),
    incomplete: result.state === 'max_steps_error',
  });
  return { text: settings.provideRunSummary ? `${report}\n\n${summary(result, settings)}` : report };
}

/** Where the run of this call was when it was cut off. Calls at the same time have entries of their own, which say nothing of it. */
async function earlierPoint(
  { entries, within }: RunLog,
  settings: AgentSettings,
  clock: Clock,
): Promise<ReadyPoint | undefined> {
  if (!entries.some((entry) => isSameRun(entry.within, within))) return undefined;
  return held(clock, async () => {
    const { readyPoint } = await import('../saved/ready-point'); // only a run that goes on needs it
    return readyPoint(entries, within, settings);
  });
}

function summary({ memory }: Finished['result'], settings: AgentSettings): string {
  const words = { ...memoryWords(settings), observation: (text: string) => text }; // its reader fences the whole report
  const messages = writeMemoryToMessages(memory.steps, { summaryMode: true, words });
  const texts = messages.map((message) => cut(textOf(message), MAX_SUMMARY_CHARACTERS));
  return `For more, the work in short:\n<summary_of_work>\n${texts.join('\n---\n')}\n</summary_of_work>`;
}
