import type { ForkEdits } from 'smolagents-web';
import { makeAgent } from './agents';
import { livePartsOf } from './asked';
import type { Choices } from './choices';
import { type Going, type LiveParts, LocalRun, type Successor } from './local-runs';

type Log = Parameters<ConstructorParameters<typeof LocalRun>[0]>[0];

/** A run in this page of what was chosen. */
export async function localRun(task: string, choices: Choices, signal: AbortSignal): Promise<Going> {
  const next = chosenAgent(await livePartsOf(choices));
  const start = (log: Log) => next.agent.stream(task, { ...next.given, signal, log });
  return new LocalRun(start, () => next, { choices });
}

/** A branch of a run in a file that tells what happened, and holds no words for what comes: the agent chosen now goes on. */
export function savedRun(json: unknown, step: number, edits: ForkEdits, live: LiveParts, signal: AbortSignal): Going {
  const next = chosenAgent(live);
  const start = (log: Log) => next.agent.fork(json, step, edits, { ...next.given, signal, log, askAgain: true });
  return new LocalRun(start, () => next, { choices: live.choices });
}

function chosenAgent({ model, choices, given }: LiveParts): Successor {
  return { agent: makeAgent(choices, model), choices, given };
}

/** To its end, unseen: its log has then what every step left. */
export async function playedThrough(going: Going): Promise<Going> {
  await going.run.result.catch(() => undefined); // one that failed can be gone on with as well
  return going;
}
