import type { AgentEvent } from 'smolagents-web';
import type { RunFile } from 'smolagents-web/testing';

const LOOK_MS = 60; // how soon a pause or another speed is heard

/** When the events of a replay are read: at the pace of the recording or faster, step by step, or not at all for now. */
export class Pace {
  speed = 4;
  #isPlaying = false;
  #isStepping = false;
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

  /** The events, each when it is its turn. One that is stopped ends there, however far the replay behind it has come. */
  async *paced(
    events: AsyncIterable<AgentEvent>,
    delays: Iterator<number>,
    signal: AbortSignal,
  ): AsyncGenerator<AgentEvent, void> {
    for await (const event of events) {
      await this.#turn(delays.next().value ?? 0, signal);
      if (signal.aborted) {
        if (event.type === 'run-end' && event.path.length === 1)
          yield { type: 'run-end', state: 'interrupted', runId: event.runId, path: event.path };
        continue;
      }
      if (event.type === 'step') this.#isStepping = false;
      yield event;
    }
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

/** Milliseconds before each event: the time of each reply of the model, spread over its pieces. */
export function* delaysOf({ events, modelReplies }: Pick<RunFile, 'events' | 'modelReplies'>): Generator<number, void> {
  const inOrder = modelReplies.toSorted((left, right) => (left.ended ?? 0) - (right.ended ?? 0));
  let place = 0;
  let wasText = false;
  for (const { type } of events) {
    const isText = type === 'text' || type === 'reasoning';
    if (wasText && !isText) place += 1;
    wasText = isText;
    const { durationMs = 0, parts = [] } = inOrder[place] ?? {};
    yield isText ? durationMs / Math.max(1, parts.length - 1) : 0;
  }
}
