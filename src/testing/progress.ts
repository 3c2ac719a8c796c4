import { type Clock, held, systemClock } from '../web/clock';
import { type VirtualClock, virtualClock } from './virtual-clock';

/** How far a run has come, by counts that its replay comes to as well. */
export interface Mark {
  /** Events that were told. */
  events: number;
  /** Replies, answers of the network and waits that were asked for. */
  asked: number;
  /** The place of the last of them that ended, see `RecordedReply.ended`. */
  ended: number;
  /** What it did just then: told of an event, ran code or did other work of its own, or waited. */
  at: 'telling' | 'working' | 'waiting';
}

/**
 * Counts what a recorded run does, and lets what goes on at once end as a replay will: one thing after the other, each when the
 * run has done what it does by the one before, and none while code runs.
 */
export class Progress {
  #events = 0;
  #isTelling = false;
  #asked = 0;
  #ended = 0;
  #last: unknown;
  #open = 0;
  #holds = 0;
  #queued = 0;
  /** Of whoever came last to the queue, on `#order`. */
  #place = 0;
  readonly #order = virtualClock();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Tells of an event. */
  tell(deed: () => void): void {
    this.#events += 1;
    this.#isTelling = true;
    try {
      deed();
    } finally {
      this.#isTelling = false;
    }
  }

  /** Something is asked for; `close` when it has ended or was given up. */
  open(): void {
    this.#asked += 1;
    this.#open += 1;
  }

  close(): void {
    this.#open -= 1;
  }

  /** As `Clock.hold`. */
  hold(): () => void {
    const release = this.#order.hold();
    let isHeld = true;
    this.#holds += 1;
    return () => {
      if (isHeld) this.#holds -= 1;
      isHeld = false;
      release();
    };
  }

  /** Waits until something that has ended may be told, or for the signal. Rejects with the signal's reason. */
  async turn(what: unknown, signal: AbortSignal | undefined): Promise<void> {
    const isAlone = this.#open <= 1 || this.#last === what;
    if (isAlone && this.#holds === 0 && this.#queued === 0) return;
    this.#queued += 1;
    const place = Math.max(this.#place, this.#order.now()) + 1;
    this.#place = place;
    try {
      await held(this.#clock, () => this.#order.sleep(place - this.#order.now(), signal));
    } finally {
      this.#queued -= 1;
    }
  }

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
    const at = this.#isTelling ? 'telling' : this.#holds > 0 ? 'working' : 'waiting';
    return { events: this.#events, asked: this.#asked, ended: this.#ended, at };
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
    const { events, asked, ended, at } = this.#mark;
    if (this.#events < events || this.#asked < asked || this.#order.now() < ended) return;
    const clock = at === 'working' ? systemClock : this.#order; // which stands still while code runs
    if (at === 'telling' || this.#events > events || this.#asked > asked) this.#pass();
    else clock.sleep(0).then(() => this.#pass()); // never rejects
  }

  #pass(): void {
    if (!this.#isPast) this.#onMark();
    this.#isPast = true;
  }
}
