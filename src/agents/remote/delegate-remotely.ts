import { AgentError } from '../../errors';
import { show } from '../../executors/show';
import type { AgentEvent, RunResult } from '../agent';
import { cutOffCall } from '../calls/cut-off-call';
import type { DelegateCall, DelegateReport } from '../calls/delegate';
import { promptTemplates } from '../prompts/prompts';
import type { Surroundings } from '../runs/context';
import { isSameRun, type RunLog } from '../saved/log-entry';
import type { RemoteSettings } from './remote-options';
import { RemoteRuns } from './remote-runs';
import { countedAs } from './told-run';

/** What a run tells piece by piece: after these nothing is written down. */
const PIECES: readonly AgentEvent['type'][] = ['text', 'reasoning', 'retry'];

/**
 * Works on a manager's task in the worker, and reports as an agent that runs here would. Where the manager was cut off, the
 * run that it had begun is found again and read on. The manager's meter counts what the worker tells that each reply cost, and
 * ends the run where it allows no more. Throws what the run failed with.
 */
export async function delegateRemotely(
  settings: RemoteSettings,
  { task, additionalArgs, runId, path, log, spend, emit }: DelegateCall,
  { scope, clock, fetch, signal, spending }: Surroundings,
): Promise<DelegateReport> {
  const { name = 'RemoteAgent' } = settings;
  const prompts = promptTemplates('ToolCallingAgent').managedAgent; // the ones of every agent
  const told = prompts.task({ name, task });
  const { meter } = spending;
  const before = placeBefore(log, name);
  let refusal = meter?.refusal();
  if (refusal !== undefined && !before) throw refused(refusal);
  const stop = new AbortController();
  const isNew = () => runs.place.lastEvent > (before?.lastEvent ?? 0); // what was told before the cut is counted
  let ended: { result: RunResult; failure: AgentError | undefined } | undefined;
  const runs: RemoteRuns = new RemoteRuns(
    settings,
    {
      ...{ scope, clock, fetch, signal: AbortSignal.any([signal, stop.signal]) },
      spend: (usage) => {
        spend(usage, name);
        const tokens = usage.inputTokens + usage.outputTokens;
        if (tokens > 0 && isNew()) meter?.count(tokens);
      },
    },
    () => {
      throw new Error('nobody goes on with a run of a managed agent');
    },
    (result, failure) => {
      ended = { result, failure };
    },
  );
  if (!before) await log.write({ type: 'remote' }); // should no id follow, it is not known what was begun
  for await (const event of before ? runs.resume(before.runId, {}, told) : runs.start(told, { additionalArgs })) {
    const counted = countedAs(event);
    if (counted) spending.begin(counted);
    // what follows is another model call there; it may be under way when the run is ended here
    if (event.type === 'plan' || (event.type === 'step' && !('finalAnswer' in event.step))) {
      spending.check();
      refusal ??= meter?.refusal();
      if (refusal !== undefined) stop.abort();
    }
    const place = runs.place;
    if (event.type === 'run-end' || !isNew()) continue;
    const inner = event.runId.startsWith(place.runId) ? event.runId.slice(place.runId.length) : '';
    if (event.type !== 'run-start')
      emit({ ...event, path: [...path, name, ...event.path.slice(1)], runId: `${runId}${inner}` });
    if (!PIECES.includes(event.type)) await log.write({ type: 'remote', ...place });
  }
  if (!ended) throw new Error('a run ended without a result');
  const { result } = ended;
  const failure = refusal === undefined ? ended.failure : refused(refusal);
  if (failure) {
    failure.result = result;
    throw failure;
  }
  if (result.state === 'waiting') throw waitsThere(name, result);
  const incomplete = result.state === 'max_steps_error';
  return { text: prompts.report({ name, finalAnswer: show(result.output), incomplete }) };
}

/** How far the run of this call was read before its manager was cut off; undefined where nothing was begun. Throws where that is not known. */
function placeBefore({ entries, within }: RunLog, name: string): RemoteRuns['place'] | undefined {
  const last = entries.findLast((entry) => isSameRun(entry.within, within));
  if (!last) return undefined;
  if (last.type !== 'remote' || last.runId === undefined) throw cutOffCall(name);
  return { runId: last.runId, lastEvent: last.lastEvent ?? 0 };
}

/** As a model call here is refused. */
function refused(refusal: string): AgentError {
  return new AgentError(refusal, { kind: 'budget' });
}

/** Nobody who manages it can be asked in its place. */
function waitsThere(name: string, { waiting, runId }: RunResult): AgentError {
  const calls = waiting.map((call) => call.name).join(', ');
  return new AgentError(`${name} waits for a human's word on ${calls}, which it cannot be given here (run ${runId})`);
}
