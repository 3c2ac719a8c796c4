import type { Unfit } from './courier';
import type { Dispatcher, DispatcherContext } from './dispatcher';
import type { SendOptions } from './exporter';
import type { Batch } from './outbox';

export interface LazyDispatcherContext extends Omit<DispatcherContext, 'keepRunning'> {
  waitUntil: ((promise: Promise<unknown>) => void) | undefined;
}

/**
 * The dispatcher as a processor sees it. Its code is fetched when it is made; until it is there spans wait, and a page that goes
 * sends what it has.
 */
export class LazyDispatcher {
  readonly #context: LazyDispatcherContext;
  /** Nothing where it could not be fetched before the end of all. */
  readonly #loaded: Promise<Dispatcher | undefined>;
  #dispatcher: Dispatcher | undefined;
  #flushedUpTo = -1;
  #isRootWaiting = false;
  #isKept = false;

  constructor(context: LazyDispatcherContext) {
    this.#context = context;
    this.#loaded = this.#load();
  }

  /** Until when the collector wants no request, in milliseconds since the epoch. */
  get askedUntilMs(): number {
    return this.#dispatcher?.pace.askedUntilMs ?? 0;
  }

  start(): void {
    if (this.#dispatcher) void this.#dispatcher.start();
    else if (!this.#isKept) this.#keepRunning(this.#loaded.then((dispatcher) => dispatcher?.start()));
    this.#isKept = true;
  }

  nudge(): void {
    this.#dispatcher?.nudge();
  }

  /** What ended up to this sequence number waits for no more spans. */
  flush(upTo: number): void {
    this.#flushedUpTo = upTo;
    this.#dispatcher?.flush(upTo);
    this.start();
  }

  rootEnded(): void {
    this.#isRootWaiting = true;
    this.#dispatcher?.rootEnded();
  }

  cutShort(): void {
    this.#dispatcher?.cutShort();
  }

  /** The collector may be there again. */
  hurry(): void {
    this.#dispatcher?.pace.hurry();
    this.nudge();
  }

  /** Tries once to send a batch that has its body. Calls fetch before it returns. */
  async attempt(batch: Batch, options: SendOptions & { signal: AbortSignal }): Promise<void> {
    if (this.#dispatcher) return this.#dispatcher.attempt(batch, options);
    batch.isActive = true;
    const answer = this.#context.courier.send(batch, options);
    answer.catch(() => undefined); // heard of below
    return this.#loaded.then((dispatcher) => dispatcher?.attempt(batch, options, answer));
  }

  part(batch: Batch, unfit: Unfit): void {
    void this.#loaded.then((dispatcher) => dispatcher?.part(batch, unfit));
  }

  async #load(): Promise<Dispatcher | undefined> {
    const { stop, clock, limits, ledger } = this.#context;
    while (!stop.aborted) {
      const release = clock.hold?.(); // fetching takes real time
      try {
        const { Dispatcher } = await import('./dispatcher');
        const dispatcher = new Dispatcher({ ...this.#context, keepRunning: (work) => this.#keepRunning(work) });
        if (this.#isRootWaiting) dispatcher.rootEnded();
        dispatcher.flush(this.#flushedUpTo);
        this.#dispatcher = dispatcher;
        return dispatcher;
      } catch (error) {
        ledger.warn('code', `the part of the SDK that sends cannot be fetched: ${String(error)}; spans are kept`);
      } finally {
        release?.();
      }
      await clock.sleep(limits.retryCapMs, stop).catch(() => undefined); // the end of all
    }
    return undefined;
  }

  #keepRunning(work: Promise<unknown>): void {
    const { waitUntil, ledger } = this.#context;
    try {
      waitUntil?.(work);
    } catch (error) {
      ledger.warn('waitUntil', `waitUntil threw ${String(error)}; spans may be lost when the request is over`);
    }
  }
}
