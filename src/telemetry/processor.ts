import { TraceFlags } from '@opentelemetry/api';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { TelemetryError } from '../errors';
import type { Clock } from '../web/clock';
import { within } from '../web/deadline';
import { Courier, type Unfit } from './courier';
import { Departure } from './departure';
import { type ExportFailure, failureFrom } from './export-failure';
import type { SendOptions } from './exporter';
import { idleSleep } from './idle-sleep';
import type { RestoredRow } from './journal-options';
import { LazyJournal } from './lazy-journal';
import { Ledger, type TelemetryCounters } from './ledger';
import { type Batch, type Entry, Outbox } from './outbox';
import { Pace } from './pace';
import { watchPageExit } from './page-exit';
import { type FetchBatchSpanProcessorOptions, type ProcessorLimits, readProcessorOptions } from './processor-options';
import { estimateBytes, isRootSpan } from './span-facts';

const CONTENT_TOO_LARGE = 413;

/**
 * Keeps ended spans until a collector has them: batches, tries again, sends what is left when the page goes, counts what
 * is lost. One request at a time; nothing here ever throws into the code that ends a span. A `SpanProcessor` for any
 * provider. Throws `AgentConfigurationError` for bad settings.
 */
export class FetchBatchSpanProcessor implements SpanProcessor {
  readonly #limits: ProcessorLimits;
  readonly #clock: Clock;
  readonly #pace: Pace;
  readonly #waitUntil: FetchBatchSpanProcessorOptions['waitUntil'];
  readonly #courier: Courier;
  readonly #ledger: Ledger;
  readonly #outbox: Outbox;
  readonly #journal: LazyJournal | undefined;
  readonly #departure: Departure;
  readonly #unwatchPage: () => void;
  /** Aborted at the end of all. */
  readonly #stop = new AbortController();
  /** Cuts the request under way short, when the page goes. */
  #cut = new AbortController();
  #wake: AbortController | undefined;
  #isRunning = false;
  #shutdown: Promise<void> | undefined;
  #sequence = 0;
  #flushedUpTo = -1;
  #openSpans = 0;

  constructor(options: FetchBatchSpanProcessorOptions) {
    const { limits, clock, random, onDrop, waitUntil, page, journal, exporter } = readProcessorOptions(options);
    this.#limits = limits;
    this.#clock = clock;
    this.#pace = new Pace(limits, random);
    this.#waitUntil = waitUntil;
    this.#courier = new Courier(exporter, clock);
    this.#ledger = new Ledger(onDrop);
    this.#outbox = new Outbox(limits);
    this.#departure = new Departure({
      ...{ outbox: this.#outbox, courier: this.#courier, limits },
      attempt: (batch) =>
        this.#attempt(batch, { signal: this.#stop.signal, leaving: true, keepalive: batch.outlivesPage }),
      onUnfit: (batch, unfit) => this.#part(batch, unfit),
    });
    const { encoding } = this.#courier;
    if (journal && encoding)
      this.#journal = new LazyJournal(journal, {
        ...{ encoding, clock, ledger: this.#ledger },
        onRestored: (rows) => this.#restore(rows),
      });
    this.#unwatchPage = watchPageExit(page, {
      onHidden: () => this.#leave({ forGood: false }),
      onLeave: () => this.#leave({ forGood: true }),
      onBack: () => {
        this.#pace.hurry();
        this.#nudge();
      },
    });
  }

  get counters(): TelemetryCounters {
    return { ...this.#ledger.counts, queued: this.#outbox.size };
  }

  onStart(): void {
    this.#openSpans += 1;
  }

  onEnd(span: ReadableSpan): void {
    this.#openSpans -= 1;
    try {
      if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0) this.#accept(span);
    } catch (error) {
      this.#ledger.lose('not_encodable', [{ isRoot: false }], `a span cannot be read: ${String(error)}`, error);
    }
  }

  /** Resolves when every span that ended before has been delivered or lost. Rejects with a `TelemetryError` after `flushTimeoutMs`. */
  async forceFlush(): Promise<void> {
    if (this.#shutdown) return this.#shutdown;
    const left = await this.#drain(this.#limits.flushTimeoutMs);
    const message = `${left} spans were not delivered within ${this.#limits.flushTimeoutMs} ms; they are kept`;
    if (left > 0) throw new TelemetryError(message, { spans: left });
  }

  /** Sends what is left, for `shutdownTimeoutMs` at most; what then is left is lost, or stays in the journal. Never rejects. */
  shutdown(): Promise<void> {
    this.#shutdown ??= this.#end();
    return this.#shutdown;
  }

  #accept(span: ReadableSpan): void {
    const isRoot = isRootSpan(span);
    this.#ledger.counts.ended += 1;
    if (this.#shutdown) this.#ledger.lose('shut_down', [{ isRoot }], 'spans ended after the shutdown');
    else {
      const row = this.#journal?.rowOf(this.#sequence);
      const entry = this.#add({ span, bytes: estimateBytes(span), isRoot, row });
      this.#journal?.add(entry);
    }
    if (this.#waitUntil && this.#openSpans <= 0) this.#flushSoon();
  }

  #add(given: Omit<Entry, 'sequence' | 'queuedAtMs'>): Entry {
    const entry: Entry = { ...given, sequence: this.#sequence, queuedAtMs: this.#clock.now() };
    this.#sequence += 1;
    const wasFull = this.#isFull();
    const dropped = this.#outbox.add(entry);
    if (dropped.length > 0) {
      this.#ledger.lose('queue_full', dropped, 'more spans wait than `maxQueueBytes` or `maxQueueSpans` allow');
      this.#journal?.remove(dropped);
    }
    if (!wasFull && this.#isFull()) this.#nudge();
    this.#start();
    return entry;
  }

  #restore(rows: readonly RestoredRow[]): void {
    if (this.#shutdown) return; // they stay in the journal
    this.#ledger.counts.ended += rows.length;
    this.#ledger.counts.restored += rows.length;
    for (const restored of rows) {
      const { row, body, isRoot } = restored;
      this.#add({ restored, row, isRoot, bytes: body.length });
    }
    this.#flushSoon();
  }

  #isFull(): boolean {
    return this.#outbox.length >= this.#limits.maxBatchSpans || this.#outbox.bytes >= this.#limits.maxBodyBytes;
  }

  /** Sends while there is something to send. One at a time. */
  #start(): void {
    if (this.#isRunning || this.#stop.signal.aborted) return;
    this.#isRunning = true;
    const work = this.#run();
    this.#waitUntil?.(work);
  }

  async #run(): Promise<void> {
    await Promise.resolve(); // never encodes inside the call that ends a span, and takes a burst as one
    while (!this.#stop.signal.aborted && (this.#outbox.waiting || this.#outbox.first)) {
      const waitMs = this.#dueAtMs() - this.#clock.now();
      if (waitMs > 0) {
        this.#wake = new AbortController();
        const { signal } = this.#wake;
        const slept = this.#pace.isAwayForLong
          ? idleSleep(this.#clock, waitMs, signal)
          : this.#clock.sleep(waitMs, signal);
        await slept.catch(() => undefined); // woken early
        continue;
      }
      const batch = this.#outbox.take(this.#limits.maxBatchSpans, this.#limits.maxBodyBytes);
      if (batch) await this.#deliver(batch);
    }
    this.#isRunning = false; // at once: what ends a moment later starts it anew
  }

  #dueAtMs(): number {
    const { waiting, first } = this.#outbox;
    if (waiting || this.#isFull() || !first || first.sequence <= this.#flushedUpTo) return this.#pace.notBeforeMs;
    return Math.max(this.#pace.notBeforeMs, first.queuedAtMs + this.#limits.scheduleDelayMs);
  }

  #nudge(): void {
    this.#wake?.abort();
  }

  async #deliver(batch: Batch): Promise<void> {
    if (!batch.body) await this.#courier.resourcesOf(batch, this.#stop.signal);
    if (batch.isAbandoned) return;
    const unfit = this.#courier.prepare(batch, this.#limits.maxBodyBytes);
    this.#cut = new AbortController();
    if (unfit) this.#part(batch, unfit);
    else await this.#attempt(batch, { signal: AbortSignal.any([this.#stop.signal, this.#cut.signal]) });
  }

  /** A batch that cannot be sent as it is becomes two, down to the one span that is at fault. */
  #part(batch: Batch, { reason, error }: Unfit): void {
    if (batch.entries.length > 1) {
      this.#outbox.split(batch);
      return;
    }
    const message =
      reason === 'too_large'
        ? `a span is longer than the collector or maxBodyBytes (${this.#limits.maxBodyBytes}) allows`
        : `a span cannot be encoded: ${String(error)}`;
    this.#ledger.lose(reason, batch.entries, message, error);
    this.#settle(batch);
  }

  async #attempt(batch: Batch, options: SendOptions & { signal: AbortSignal }): Promise<void> {
    this.#ledger.counts.requests += 1;
    if (batch.firstAttemptAtMs !== undefined) this.#ledger.counts.retries += 1;
    batch.firstAttemptAtMs ??= this.#clock.now();
    batch.isActive = true;
    try {
      const { rejectedSpans, message } = await this.#courier.send(batch, options);
      batch.isActive = false;
      if (!batch.isAbandoned) this.#delivered(batch, rejectedSpans, message);
    } catch (error) {
      batch.isActive = false;
      if (!batch.isAbandoned) this.#failed(batch, failureFrom(error));
    }
  }

  #delivered(batch: Batch, rejectedSpans: number, message: string): void {
    const { destination } = this.#courier;
    const rejected = Math.min(rejectedSpans, batch.entries.length);
    this.#ledger.counts.delivered += batch.entries.length - rejected;
    this.#ledger.lose('rejected', [], `${destination} left spans out: ${message}`, undefined, rejected);
    if (rejected === 0 && message !== '') this.#ledger.warn('rejected', `${destination} says: ${message}`);
    this.#pace.answered();
    this.#settle(batch);
  }

  #failed(batch: Batch, failure: ExportFailure): void {
    if (this.#stop.signal.aborted) return; // the shutdown counts what is left
    const message = `${this.#courier.destination}: ${failure.message}`;
    const { retryable, status } = failure;
    if (!retryable) this.#pace.answered();
    if (status === CONTENT_TOO_LARGE) {
      this.#part(batch, { reason: 'too_large', error: failure });
      this.#start();
    } else if (retryable && this.#pace.failed(failure, batch, this.#clock.now())) {
      this.#ledger.warn('unreachable', `${message}; spans are kept and sent again`);
      this.#outbox.retry(batch);
      this.#start();
    } else {
      this.#ledger.lose(retryable ? 'gave_up' : 'refused', batch.entries, message, failure);
      this.#settle(batch);
    }
  }

  #leave({ forGood }: { forGood: boolean }): void {
    if (this.#stop.signal.aborted) return;
    if (forGood) this.#cut.abort(); // it would die with the page, and is sent again
    this.#departure.begin({ forGood });
    this.#flushSoon();
  }

  #flushSoon(): void {
    this.#flushedUpTo = this.#sequence - 1;
    this.#nudge();
    this.#start();
  }

  /** How many spans are left when all that had ended before should be gone; after `timeoutMs` at most. */
  async #drain(timeoutMs: number): Promise<number> {
    const upTo = this.#sequence - 1;
    const done = Promise.all([this.#outbox.gone(upTo), this.#journal?.opened]);
    this.#flushSoon();
    const limits = { clock: this.#clock, timeoutMs, signal: this.#stop.signal, late: () => new Error('too late') };
    await within(() => done, limits).catch(() => undefined);
    return this.#outbox.left(upTo);
  }

  async #end(): Promise<void> {
    await this.#drain(this.#limits.shutdownTimeoutMs);
    this.#unwatchPage();
    this.#stop.abort();
    this.#nudge();
    const left = this.#outbox.takeAll(() => true);
    const stored = await this.#journal?.close();
    const lost = left.filter(({ row = '' }) => !stored?.has(row));
    this.#ledger.counts.journaled += left.length - lost.length;
    this.#ledger.lose('shut_down', lost, `${this.#courier.destination} was shut down before all was sent`);
    await this.#courier.shutdown().catch(() => undefined);
  }

  #settle(batch: Batch): void {
    this.#outbox.settle(batch);
    this.#journal?.remove(batch.entries);
  }
}
