import type { Clock } from '../../web/clock';
import { lateAttributes } from '../spans/late-attributes';
import type { Courier, Unfit } from './courier';
import { type ExportFailure, failureFrom } from './export-failure';
import type { SendOptions } from './exporter';
import { idleSleep } from './idle-sleep';
import type { KeepaliveBudget } from './keepalive-budget';
import type { LazyJournal } from './lazy-journal';
import type { Ledger } from './ledger';
import type { Batch, Outbox } from './outbox';
import { Pace } from './pace';
import type { PartialSuccess } from './partial-success';
import type { ProcessorLimits } from './processor-options';

const CONTENT_TOO_LARGE = 413;
/** How long bodies that are not compressed gather: a large one would die with its page, sent or not. */
const HEAVY_DELAY_MS = 250;
const ROOT_DELAY_MS = 10; // so that whoever awaits the run goes on first
const ROOT_INTERVAL_MS = 1_000; // for apps that end roots all the time

export interface DispatcherContext {
  limits: ProcessorLimits;
  clock: Clock;
  random: () => number;
  /** Told of every stretch of sending. */
  keepRunning(work: Promise<unknown>): void;
  courier: Courier;
  ledger: Ledger;
  outbox: Outbox;
  journal: LazyJournal | undefined;
  /** Absent where no page can go. */
  keepalive: KeepaliveBudget | undefined;
  /** Aborted at the end of all. */
  stop: AbortSignal;
}

/** Sends what waits in the outbox, one request at a time, and says what became of it. */
export class Dispatcher {
  readonly pace: Pace;
  readonly #context: DispatcherContext;
  /** Cuts the request under way short, when the page goes. */
  #cut = new AbortController();
  #wake: AbortController | undefined;
  #isRunning = false;
  #work = Promise.resolve();
  #flushedUpTo = -1;
  #rootDueAtMs = Number.POSITIVE_INFINITY;
  #rootSentAtMs = Number.NEGATIVE_INFINITY;

  constructor(context: DispatcherContext) {
    this.#context = context;
    this.pace = new Pace(context.limits, context.random);
  }

  /** Sends while there is something to send. One at a time. */
  start(): Promise<void> {
    if (this.#isRunning || this.#context.stop.aborted) return this.#work;
    this.#isRunning = true;
    this.#work = this.#run();
    this.#context.keepRunning(this.#work);
    return this.#work;
  }

  /** Looks anew at what is due. */
  nudge(): void {
    this.#wake?.abort();
  }

  /** What ended up to this sequence number waits for no more spans. */
  flush(upTo: number): void {
    this.#flushedUpTo = upTo;
    this.nudge();
    void this.start();
  }

  /** A trace is whole, and whoever waited for its run may be about to leave. */
  rootEnded(): void {
    const nextMs = Math.max(this.#context.clock.now() + ROOT_DELAY_MS, this.#rootSentAtMs + ROOT_INTERVAL_MS);
    if (nextMs >= this.#rootDueAtMs) return;
    this.#rootDueAtMs = nextMs;
    this.nudge();
  }

  /** Gives the request under way up, unless it outlives the page: it would die with it, and is sent again. */
  cutShort(): void {
    this.#cut.abort();
  }

  /**
   * Tries once. Calls fetch before it returns, where the batch has a body and the options say `leaving`. `begun` is the answer
   * to a request that was made before.
   */
  async attempt(
    batch: Batch,
    options: SendOptions & { signal: AbortSignal },
    begun?: Promise<PartialSuccess>,
  ): Promise<void> {
    const { ledger, clock, courier } = this.#context;
    ledger.counts.requests += 1;
    if (batch.isTried) ledger.counts.retries += 1;
    batch.isTried = true;
    for (const entry of batch.entries) entry.firstAttemptAtMs ??= clock.now();
    batch.isActive = true;
    try {
      const { rejectedSpans, message } = await (begun ?? courier.send(batch, options));
      batch.isActive = false;
      if (!batch.isAbandoned) this.#delivered(batch, rejectedSpans, message);
    } catch (error) {
      batch.isActive = false;
      if (!batch.isAbandoned) this.#failed(batch, failureFrom(error));
    }
  }

  /** A batch that cannot be sent as it is becomes two, down to the one span that is at fault. */
  part(batch: Batch, { reason, error }: Unfit): void {
    if (batch.isAbandoned) return;
    const { ledger, outbox, limits } = this.#context;
    if (batch.entries.length > 1) {
      outbox.split(batch);
      return;
    }
    const message =
      reason === 'too_large'
        ? `a span is longer than the collector or maxBodyBytes (${limits.maxBodyBytes}) allows`
        : `a span cannot be encoded: ${String(error)}`;
    ledger.lose(reason, batch.entries, message, error);
    this.#settle(batch);
  }

  async #run(): Promise<void> {
    const { outbox, stop, clock, limits } = this.#context;
    await Promise.resolve(); // never encodes inside the call that ends a span, and takes a burst as one
    while (!stop.aborted && (outbox.waiting || outbox.first)) {
      const waitMs = this.#dueAtMs() - clock.now();
      if (waitMs > 0) {
        this.#wake = new AbortController();
        const { signal } = this.#wake;
        const slept = this.pace.isAwayForLong ? idleSleep(clock, waitMs, signal) : clock.sleep(waitMs, signal);
        await slept.catch(() => undefined); // woken early
        continue;
      }
      if (clock.now() >= this.#rootDueAtMs) this.#rootSentAtMs = clock.now();
      const batch = outbox.take(limits.maxBatchSpans, limits.maxBodyBytes);
      if (!outbox.first) this.#rootDueAtMs = Number.POSITIVE_INFINITY;
      if (batch) await this.#deliver(batch);
    }
    this.#isRunning = false; // at once: what ends a moment later starts it anew
  }

  #dueAtMs(): number {
    const { outbox, limits, courier } = this.#context;
    const { waiting, first } = outbox;
    if (waiting || outbox.isFull || !first || first.sequence <= this.#flushedUpTo) return this.pace.notBeforeMs;
    const heavyDelayMs = courier.compresses ? 0 : HEAVY_DELAY_MS;
    const delayMs = outbox.isHeavy ? Math.min(heavyDelayMs, limits.scheduleDelayMs) : limits.scheduleDelayMs;
    return Math.max(this.pace.notBeforeMs, Math.min(first.queuedAtMs + delayMs, this.#rootDueAtMs));
  }

  async #deliver(batch: Batch): Promise<void> {
    const { courier, limits, stop, keepalive } = this.#context;
    await courier.encoding?.ready?.().catch(() => undefined); // most spans need nothing of it
    if (!batch.body) await lateAttributes(courier.spansOf(batch), this.#context);
    if (batch.isAbandoned) return;
    const unfit = courier.prepare(batch, limits.maxBodyBytes);
    if (unfit) {
      this.part(batch, unfit);
      return;
    }
    const cut = new AbortController();
    this.#cut = cut;
    const isFirst = !batch.isTried;
    let taken = 0;
    const outlives = (bytes: number) => {
      if (!isFirst || !keepalive?.take(bytes, { staying: true })) return false; // the app may have used it up
      taken = bytes;
      batch.outlivesPage = true;
      this.#cut = new AbortController();
      return true;
    };
    try {
      await this.attempt(batch, { signal: AbortSignal.any([stop, cut.signal]), keepalive: outlives });
    } finally {
      batch.outlivesPage = false;
      keepalive?.giveBack(taken);
    }
  }

  #delivered(batch: Batch, rejectedSpans: number, message: string): void {
    const { courier, ledger } = this.#context;
    const { destination } = courier;
    const rejected = Math.min(rejectedSpans, batch.entries.length);
    ledger.counts.delivered += batch.entries.length - rejected;
    ledger.lose('rejected', [], `${destination} left spans out: ${message}`, undefined, rejected);
    if (rejected === 0 && message !== '') ledger.warn('rejected', `${destination} says: ${message}`);
    this.pace.answered();
    this.#settle(batch);
  }

  #failed(batch: Batch, failure: ExportFailure): void {
    const { stop, courier, clock, ledger, outbox } = this.#context;
    if (stop.aborted) return; // the shutdown counts what is left
    const message = `${courier.destination}: ${failure.message}`;
    const { retryable, status } = failure;
    if (!retryable) this.pace.answered();
    if (status === CONTENT_TOO_LARGE) {
      this.part(batch, { reason: 'too_large', error: failure });
      void this.start();
    } else if (retryable && this.pace.failed(failure, batch, clock.now())) {
      ledger.warn('unreachable', `${message}; spans are kept and sent again`);
      outbox.retry(batch);
      void this.start();
    } else {
      ledger.lose(retryable ? 'gave_up' : 'refused', batch.entries, message, failure);
      this.#settle(batch);
    }
  }

  #settle(batch: Batch): void {
    this.#context.outbox.settle(batch);
    this.#context.journal?.remove(batch.entries);
  }
}
