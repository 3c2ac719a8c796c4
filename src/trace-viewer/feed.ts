import type { AgentEvent } from '../agents/agent';
import type { LiveClock } from './live-clock';
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
  #clock: LiveClock | undefined;
  #isPlaced = false;
  #isClosed = false;
  #isNew = true;

  constructor({ prices, modelId, origin, onChange, onFailure }: FeedOptions) {
    this.#onChange = onChange;
    Promise.all([import('./rows/live-trace'), import('./live-clock')]).then(([{ LiveTrace }, { LiveClock }]) => {
      this.#live = new LiveTrace({ prices, origin, ...(modelId !== undefined && { modelId }) });
      this.#clock = new LiveClock(this.#live, onChange);
      for (const [event, times] of this.#early.splice(0)) this.add(event, times);
      if (this.#isClosed) this.close();
    }, onFailure);
  }

  /** No more events come. */
  close(): void {
    this.#isClosed = true;
    this.#live?.close();
    this.#changed();
  }

  /** Whether the viewer that shows it is in a page, and shows no other: else its clock stands. */
  set isPlaced(isPlaced: boolean) {
    this.#isPlaced = isPlaced;
    this.#clock?.keep(isPlaced);
  }

  /** Whether no event has come. */
  get isNew(): boolean {
    return this.#isNew;
  }

  /** Whether an event goes on with the run that is shown. */
  isOf(event: AgentEvent): boolean {
    return this.#live?.isOf(event) ?? false;
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
    this.#changed();
  }

  #changed(): void {
    this.#clock?.keep(this.#isPlaced);
    this.#onChange();
  }
}
