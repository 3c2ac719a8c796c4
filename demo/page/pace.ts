import type { AgentEvent, ModelPart } from 'smolagents-web';
import type { RunFile } from 'smolagents-web/testing';
import type { EventTimes } from 'smolagents-web/trace-viewer';

const LOOK_MS = 60; // how soon a pause or another speed is heard

/** What is known of one event of a recording besides what it tells. */
export interface RecordedTimes extends EventTimes {
  /** How long the recorded run was silent before it. */
  delayMs: number;
}

/** An event, and when it was where it does not say so itself. */
export interface TimedEvent {
  event: AgentEvent;
  times?: EventTimes;
}

/** When the events of a replay are read: at the pace of the recording or faster, step by step, or not at all for now. */
export class Pace {
  speed = 4;
  #isPlaying = false;
  #isStepping = false;
  /** Whether an event was read that is not shown yet. */
  #isBehind = false;
  #wake: () => void = () => {};

  get isPlaying(): boolean {
    return this.#isPlaying;
  }

  play(): void {
    this.#isPlaying = true;
    this.#isStepping = false;
    this.#wake();
  }

  pause(): void {
    this.#isPlaying = false;
  }

  /** Lets it go on, without waiting, to the end of the next step. */
  step(): void {
    this.#isPlaying = false;
    this.#isStepping = true;
    this.#wake();
  }

  /** The events with their times, each when it is its turn; at once those of a run that is being stopped. */
  async *paced(
    events: AsyncIterable<AgentEvent>,
    times: Iterator<RecordedTimes>,
    signal: AbortSignal,
  ): AsyncGenerator<TimedEvent, void> {
    for await (const event of events) {
      this.#isBehind = true;
      const { delayMs = 0, ...told } = times.next().value ?? {};
      await this.#turn(delayMs, signal);
      if (event.type === 'step') this.#isStepping = false;
      yield { event, times: told };
      this.#isBehind = false;
    }
  }

  /** Resolves when all that the replay has told is shown: it goes on no sooner, so that Stop finds it where the visitor sees it. */
  async caughtUp(signal: AbortSignal): Promise<void> {
    do
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS)); // what was just told is read meanwhile
    while (this.#isBehind && !signal.aborted);
  }

  async #turn(delayMs: number, signal: AbortSignal): Promise<void> {
    let left = delayMs;
    for (;;) {
      if (this.#isStepping || signal.aborted) return;
      if (this.#isPlaying) {
        if (left <= 0) return;
        const wait = Math.min(left / this.speed, LOOK_MS);
        await this.#sleep(wait, signal);
        left -= wait * this.speed;
      } else await this.#sleep(undefined, signal);
    }
  }

  /** Until the time is over, or somebody presses something. */
  #sleep(ms: number | undefined, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      signal.addEventListener('abort', () => resolve(), { once: true });
      if (ms !== undefined) setTimeout(resolve, ms);
    });
  }
}

/**
 * The times of a recording's events, in their order: the time of each reply of the model, spread over its pieces. What came in
 * between counts as a millisecond, as where the viewer reads the file.
 */
export function* timesOf(file: Pick<RunFile, 'events' | 'modelReplies'>): Generator<RecordedTimes, void> {
  const durations = durationsOf(file);
  const pieces = new Map<string, number>();
  for (const event of file.events)
    if (isPiece(event)) pieces.set(placeOf(event), (pieces.get(placeOf(event)) ?? 0) + 1);
  let atMs = 0;
  for (const event of file.events) {
    const place = placeOf(event);
    const modelMs = durations.get(place);
    const delayMs = isPiece(event) ? (modelMs ?? 0) / (pieces.get(place) ?? 1) : 0;
    atMs += isPiece(event) ? delayMs : 1;
    yield { delayMs, atMs, modelMs: event.type === 'step' ? modelMs : undefined };
  }
}

/** How long the model took for each plan and step: of its reply that has the same text, each reply once. */
function durationsOf({ events, modelReplies }: Pick<RunFile, 'events' | 'modelReplies'>): Map<string, number> {
  const left = modelReplies.map(({ parts, durationMs }) => ({ text: textOf(parts), durationMs }));
  const durations = new Map<string, number>();
  for (const event of events) {
    const told = event.type === 'step' ? event.step.text : event.type === 'plan' ? event.plan.plan : undefined;
    const said = told?.trim();
    const index = left.findIndex(({ text }) => (text === '' ? said === '' : said?.startsWith(text)));
    const [reply] = index < 0 ? [] : left.splice(index, 1);
    const place = placeOf(event);
    if (reply?.durationMs !== undefined) durations.set(place, (durations.get(place) ?? 0) + reply.durationMs);
  }
  return durations;
}

function textOf(parts: readonly ModelPart[]): string {
  const last = parts.find((part) => part.type === 'reply');
  return last?.reply.content?.trim() ?? '';
}

function isPiece({ type }: AgentEvent): boolean {
  return type === 'text' || type === 'reasoning';
}

/** The run and the step that an event is of, or the run alone for one of a plan. */
function placeOf(event: AgentEvent): string {
  return `${event.runId}#${event.type === 'step' ? event.step.number : (event.step ?? '')}`;
}
