import type { AgentEvent, AgentRun, RunResult } from '../agents/agent';

/** What a run told and came to. One of `result` and `error` is there. */
export interface CollectedRun<Output = unknown> {
  events: AgentEvent[];
  result?: RunResult<Output>;
  /** What the run threw; an `AgentError` carries its `RunResult`. */
  error?: unknown;
}

/** Reads a run to its end, a failed one too: it never throws. `onEvent` is told of each event as it comes. */
export async function collectEvents<Output>(
  run: AgentRun<Output>,
  onEvent: (event: AgentEvent) => void = () => {},
): Promise<CollectedRun<Output>> {
  const events: AgentEvent[] = [];
  try {
    for await (const event of run) {
      events.push(event);
      onEvent(event);
    }
    return { events, result: await run.result };
  } catch (error) {
    return { events, error };
  }
}
