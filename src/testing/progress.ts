import type { VirtualClock } from './virtual-clock';

/** How far a run has come, by counts that its replay comes to as well. */
export interface Mark {
  /** Events that were told. */
  events: number;
  /** Replies, answers of the network and waits that were asked for. */
  asked: number;
  /** The place of the last of them that ended, see `RecordedReply.ended`. */
  ended: number;
}

/** Counts what a recorded run does. */
export class Progress {
  events = 0;
  asked = 0;
  #ended = 0;
  #last: unknown;

  /**
   * The place of something that has ended now, of all that the run waits for. Ends of the same thing in a row share one: a
   * replay need not wait between them.
   */
  ended(what: unknown): number {
    if (this.#last !== what) this.#ended += 1;
    this.#last = what;
    return this.#ended;
  }

  mark(): Mark {
    return { events: this.events, asked: this.asked, ended: this.#ended };
  }
}

/** Counts what a replay does, and calls `onMark` once, as soon as it has come as far as the mark. */
export class ReplayProgress {
  readonly #mark: Mark | undefined;
  readonly #order: VirtualClock;
  readonly #onMark: () => void;
  #events = 0;
  #asked = 0;
  #isPast = false;

  constructor(mark: Mark | undefined, order: VirtualClock, onMark: () => void) {
    this.#mark = mark;
    this.#order = order;
    this.#onMark = onMark;
  }

  /** Changes whenever something happens. */
  get count(): number {
    return this.#events + this.#asked + this.#order.now();
  }

  event(): void {
    this.#events += 1;
    this.look();
  }

  asked(): void {
    this.#asked += 1;
    this.look();
  }

  look(): void {
    if (this.#isPast || !this.#mark) return;
    const { events, asked, ended } = this.#mark;
    if (this.#events < events || this.#asked < asked || this.#order.now() < ended) return;
    this.#isPast = true;
    this.#onMark();
  }
}
