import type { AgentEvent } from '../agents/agent';
import type { Origin } from './rows/kept-rows';
import type { LiveTrace } from './rows/live-trace';
import type { Prices, Trace } from './trace';

export interface FeedOptions {
  prices: Prices;
  origin: Origin | undefined;
  /** There is something new to show. */
  onChange(): void;
  onFailure(error: unknown): void;
}

/** The events of a live run. What reads them is fetched with the first; until it is there they are kept. */
export class Feed {
  readonly #onChange: () => void;
  #early: AgentEvent[] = [];
  #live: LiveTrace | undefined;
  #isClosed = false;
  #isNew = true;

  constructor({ prices, origin, onChange, onFailure }: FeedOptions) {
    this.#onChange = onChange;
    import('./rows/live-trace').then(({ LiveTrace }) => {
      this.#live = new LiveTrace({ prices, origin });
      for (const event of this.#early.splice(0)) this.add(event);
      if (this.#isClosed) this.close();
    }, onFailure);
  }

  /** No more events come. */
  close(): void {
    this.#isClosed = true;
    this.#live?.close();
    this.#onChange();
  }

  /** Whether no event has come. */
  get isNew(): boolean {
    return this.#isNew;
  }

  /** Undefined until there is something to show. */
  get trace(): Trace | undefined {
    return this.#live?.trace;
  }

  add(event: AgentEvent): void {
    this.#isNew = false;
    if (!this.#live) {
      this.#early.push(event);
      return;
    }
    this.#live.add(event);
    this.#onChange();
  }
}
