import type { AgentEvent } from 'smolagents-web';
import type { TimedEvent } from './pace';

/** What came of a step before it ended. */
interface Begun {
  /** When its first event came. */
  cameMs: number;
  /** How many of its events came, the pieces of a reply left out. */
  count: number;
}

/**
 * The events of a run that may have begun before it was opened. What was before comes all at once, so when it came says nothing:
 * of such a step it is told how long its model took, up to where a managed agent began, else one part of as many as the step had
 * events. `now` is in milliseconds.
 */
export async function* toldLate(
  events: AsyncIterable<AgentEvent>,
  now: () => number = () => performance.now(),
): AsyncGenerator<TimedEvent, void> {
  const steps = new Map<string, Begun>();
  const begunRuns = new Map<string, number>(); // when the first step of each run began
  for await (const event of events) {
    const { runId } = event;
    const number = event.type === 'step' ? event.step.number : event.step;
    const place = `${runId}#${number}`;
    const { cameMs, count } = steps.get(place) ?? { cameMs: now(), count: 0 };
    const isPiece = event.type === 'text' || event.type === 'reasoning';
    steps.set(place, { cameMs, count: isPiece ? count : count + 1 });
    if (event.type !== 'step') {
      yield { event };
      continue;
    }
    const { startMs, endMs } = event.step.timing;
    if (!begunRuns.has(runId)) begunRuns.set(runId, startMs);
    const isLate = now() - cameMs < (endMs - startMs) / 2;
    if (!isLate) {
      yield { event };
      continue;
    }
    const inside = [...begunRuns].filter(([id, begunMs]) => id.startsWith(`${runId}/`) && begunMs >= startMs);
    const modelMs =
      inside.length > 0 ? Math.min(...inside.map(([, begunMs]) => begunMs)) - startMs : (endMs - startMs) / (count + 1);
    yield { event, times: { modelMs } };
  }
}
