import { AgentError } from '../../errors';
import { abortable } from '../../web/abortable';
import type { AgentSettings, CallbackStep } from '../settings';
import { describeError, type RunContext } from './context';

/** Runs the step callbacks, which may change the step before memory holds it. An abort ends the wait for them, no more. */
export async function callBack(
  step: CallbackStep,
  { stepCallbacks }: AgentSettings,
  { memory, runId, abort, signal, scope }: RunContext,
): Promise<void> {
  for (const callback of stepCallbacks) {
    try {
      await abortable(
        scope.with(() => callback(step, { memory, runId, abort })),
        signal,
      );
    } catch (cause) {
      if (signal.aborted && cause === signal.reason) continue; // the step is kept; the loop ends the run
      throw new AgentError(`The step callback ${callback.name || 'without a name'} threw: ${describeError(cause)}`, {
        cause,
      });
    }
  }
}
