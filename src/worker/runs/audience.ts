import type { Clock } from '../../web/clock';

export interface AudienceOptions {
  clock: Clock;
  graceMs: number;
  /** Whether it matters that somebody reads. */
  isNeeded(): boolean;
  /** Nobody has been reading for the time of grace. */
  onAlone(): void;
}

/** The readers of a run. */
export class Audience {
  readonly #options: AudienceOptions;
  #readers = 0;
  #absence: AbortController | undefined;

  constructor(options: AudienceOptions) {
    this.#options = options;
  }

  /** One more; what is given is called once, when it has left. */
  join(): () => void {
    this.#readers += 1;
    this.forgive();
    return () => {
      this.#readers -= 1;
      this.watch();
    };
  }

  /** The time of grace begins, where nobody is there. */
  watch(): void {
    this.forgive();
    const { clock, graceMs, isNeeded, onAlone } = this.#options;
    if (this.#readers > 0 || !isNeeded()) return;
    this.#absence = new AbortController();
    clock.sleep(graceMs, this.#absence.signal).then(
      () => {
        if (this.#readers === 0 && isNeeded()) onAlone(); // who comes back as the time ends is not too late
      },
      () => undefined, // somebody came back
    );
  }

  forgive(): void {
    this.#absence?.abort();
  }
}
