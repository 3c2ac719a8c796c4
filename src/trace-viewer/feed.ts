import type { AgentEvent } from '../agents/agent';
import type { Origin } from './rows/kept-rows';
import type { LiveTrace } from './rows/live-trace';
import type { EventTimes, Prices, Trace } from './trace';

export interface FeedOptions {
  prices: Prices;
  origin: Origin | undefined;
  modelId: string | undefined;
  /** There is something new to show. */
  onChange(): void;
  onFailure(error: unknown): void;
}

/** The events of a live run. What reads them is fetched with the first; until it is there they are kept. */
export class Feed {
  readonly #onChange: () => void;
  #early: [AgentEvent, EventTimes | undefined][] = [];
  #live: LiveTrace | undefined;
  #isClosed = false;
  #isNew = true;

  constructor({ prices, modelId, origin, onChange, onFailure }: FeedOptions) {
    this.#onChange = onChange;
    import('./rows/live-trace').then(({ LiveTrace }) => {
      this.#live = new LiveTrace({ prices, origin, ...(modelId !== undefined && { modelId }) });
      for (const [event, times] of this.#early.splice(0)) this.add(event, times);
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

  add(event: AgentEvent, times?: EventTimes): void {
    this.#isNew = false;
    if (!this.#live) {
      this.#early.push([event, times]);
      return;
    }
    this.#live.add(event, times);
    this.#onChange();
  }
}
