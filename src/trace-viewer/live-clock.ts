import type { LiveTrace } from './rows/live-trace';

const BEAT_MS = 1000;

/** Lets the time of a live trace go by while no event comes, with one timer that is there only as long as it is needed. */
export class LiveClock {
  readonly #live: LiveTrace;
  readonly #onBeat: () => void;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(live: LiveTrace, onBeat: () => void) {
    this.#live = live;
    this.#onBeat = onBeat;
  }

  /** Goes while the run does and its viewer is in a page; to be called whenever one of them may have changed. */
  keep(isPlaced: boolean): void {
    if (isPlaced && this.#live.goesOn) this.#timer ??= setInterval(() => this.#beat(), BEAT_MS);
    else {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }

  #beat(): void {
    this.#live.passTime();
    this.#onBeat();
  }
}
