import { systemClock } from '../../web/clock';

/** When the events of a run were, by the run's own clock: they come later, or from a machine with another one. All in milliseconds. */
export class EventClock {
  /** Whether all rows were put into the times that a step told. */
  isSet = false;
  readonly #read: () => number;
  #cameMs = 0;
  #isTold = false;
  /** From the times at which events come to those of the run. */
  #offsetMs = 0;

  constructor(read: () => number = systemClock.now) {
    this.#read = read;
  }

  /** The time of an event that comes now, or came at `toldMs` of any clock; `ownMs` where it says itself when it was. */
  take(toldMs: number | undefined, ownMs: number | undefined): number {
    this.#isTold = toldMs !== undefined;
    this.#cameMs = toldMs ?? this.#read();
    return ownMs ?? this.#cameMs + this.#offsetMs;
  }

  /** The run says that the event taken last was then. */
  set(atMs: number): void {
    this.#offsetMs = atMs - this.#cameMs;
  }

  /** Undefined where no time goes by without an event, since these say when they were. */
  get now(): number | undefined {
    return this.#isTold ? undefined : this.#read() + this.#offsetMs;
  }
}
