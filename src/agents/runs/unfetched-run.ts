import { Memory } from '../../memory/memory';
import { NO_TOKENS } from '../../memory/usage';
import type { AgentEvent } from '../agent';
import type { AgentSettings } from '../settings';
import { errorRecord } from './context';
import { endingError, outcomeOf, stateOf, workOf } from './run-facts';
import type { Finished, RunOrder } from './run-order';

/** A run whose loop could not be fetched, or that was aborted meanwhile: it has its beginning and its end as any other. */
export async function* unfetchedRun(
  error: unknown,
  settings: AgentSettings,
  order: RunOrder,
  onEnd: (finished: Finished) => void,
): AsyncGenerator<AgentEvent, void> {
  const { runId, path, clock, log, task, from, point } = order;
  const scope = order.scope.child(workOf(settings, order));
  const startMs = clock.now();
  const failure = endingError(error, order.signal);
  const state = stateOf(failure);
  const memory = point?.memory ?? from?.memory ?? new Memory('');
  try {
    if (order.isRead) yield { type: 'run-start', task, path, runId };
  } finally {
    const tokens = { steps: NO_TOKENS, plans: NO_TOKENS, managed: NO_TOKENS };
    try {
      scope.end(outcomeOf(failure, state, undefined, tokens));
    } catch {} // who only watches takes no run its end
    const result: Finished['result'] = {
      ...{ output: undefined, state, runId, memory, steps: memory.steps, waiting: [], error: errorRecord(failure) },
      ...{ usage: NO_TOKENS, inclusiveUsage: NO_TOKENS, usageComplete: true },
      spent: { tokens: 0, steps: 0, toolCalls: 0, durationMs: 0 },
      timing: { startMs, endMs: clock.now() },
    };
    const snapshot = point ? point.sandbox : from?.snapshot;
    const left = {
      ...{ memory, state: (point ?? from)?.state ?? new Map(), newVariables: from?.newVariables ?? {} },
      sandbox: snapshot && (async () => snapshot),
    };
    onEnd({ result, left, failure, log });
  }
  yield { type: 'run-end', state, path, runId, error: errorRecord(failure) };
}
