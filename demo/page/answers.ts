import type { HumanAnswer, WaitingCall } from 'smolagents-web';
import { askHuman } from './human';
import { type Going, RefusedAnswer } from './local-runs';
import type { View } from './views';

/**
 * Asks the person about each call that waits, and goes on with the run. An answer that does not fit is asked for again, and the
 * others are kept. Rejects with the signal's reason; the run is ended then, and its view says so.
 */
export async function answered(
  going: Going,
  waiting: readonly WaitingCall[],
  { title, viewer }: View,
  signal: AbortSignal,
): Promise<Going> {
  const answers = new Map<string, HumanAnswer>();
  let refused: RefusedAnswer | undefined;
  try {
    for (;;) {
      for (const call of waiting) {
        if (answers.has(call.callId)) continue;
        const before = refused?.callId === call.callId ? refused : undefined;
        answers.set(call.callId, await askHuman(call, { title, signal, refused: before }));
      }
      try {
        return await going.answer(Object.fromEntries(answers), signal);
      } catch (error) {
        if (!(error instanceof RefusedAnswer)) throw error;
        refused = error;
        answers.delete(error.callId);
      }
    }
  } finally {
    if (signal.aborted) {
      const { runId } = await going.run.result;
      viewer.add({ type: 'run-end', state: 'interrupted', path: [], runId });
      await going.giveUp();
    }
  }
}
