import { AgentError } from '../../errors';
import { show } from '../../executors/show';
import type { RunResult } from '../agent';
import type { DelegateCall, DelegateReport } from '../calls/delegate';
import { promptTemplates } from '../prompts/prompts';
import type { Surroundings } from '../runs/context';
import type { RemoteSettings } from './remote-options';
import { RemoteRuns } from './remote-runs';

/** Works on a manager's task in the worker, and reports as an agent that runs here would. Throws what the run failed with. */
export async function delegateRemotely(
  settings: RemoteSettings,
  { task, additionalArgs, runId, path, spend, emit }: DelegateCall,
  { scope, clock, fetch, signal, spending }: Surroundings,
): Promise<DelegateReport> {
  const { name = 'RemoteAgent' } = settings;
  const prompts = promptTemplates('ToolCallingAgent').managedAgent; // the ones of every agent
  let ended: { result: RunResult; failure: AgentError | undefined } | undefined;
  const runs = new RemoteRuns(
    { ...settings, background: false },
    { scope, clock, fetch, signal, spend: (usage) => spend(usage, name) },
    () => {
      throw new Error('nobody goes on with a run of a managed agent');
    },
    (result, failure) => {
      ended = { result, failure };
    },
  );
  let remoteId = '';
  for await (const event of runs.start(prompts.task({ name, task }), { additionalArgs })) {
    if (event.type === 'run-start') remoteId = event.runId;
    if (event.type === 'step') spending.begin('steps');
    if (event.type === 'run-start' || event.type === 'run-end') continue;
    const inner = event.runId.startsWith(remoteId) ? event.runId.slice(remoteId.length) : '';
    emit({ ...event, path: [...path, name, ...event.path.slice(1)], runId: `${runId}${inner}` });
  }
  if (!ended) throw new Error('a run ended without a result');
  const { result, failure } = ended;
  if (failure) {
    failure.result = result;
    throw failure;
  }
  if (result.state === 'waiting') throw waitsThere(name, result);
  const incomplete = result.state === 'max_steps_error';
  return { text: prompts.report({ name, finalAnswer: show(result.output), incomplete }) };
}

/** Nobody who manages it can be asked in its place. */
function waitsThere(name: string, { waiting, runId }: RunResult): AgentError {
  const calls = waiting.map((call) => call.name).join(', ');
  return new AgentError(`${name} waits for a human's word on ${calls}, which it cannot be given here (run ${runId})`);
}
