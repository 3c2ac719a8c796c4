import { type Context, TraceFlags } from '@opentelemetry/api';
import type { ReadableSpan, Span, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { TelemetryError } from '../../errors';
import type { Clock } from '../../web/clock';
import { within } from '../../web/deadline';
import { estimateBytes, isRootSpan } from '../spans/span-facts';
import { timeByTrace } from '../trace-clock';
import { Courier } from './courier';
import { Departure } from './departure';
import type { RestoredRow } from './journal-options';
import { KeepaliveBudget } from './keepalive-budget';
import { LazyDispatcher } from './lazy-dispatcher';
import { LazyJournal } from './lazy-journal';
import { Ledger, type TelemetryCounters } from './ledger';
import { type Entry, Outbox } from './outbox';
import { pageAtHand, watchPageExit } from './page-exit';
import { type FetchBatchSpanProcessorOptions, type ProcessorLimits, readProcessorOptions } from './processor-options';

/** In a page no more waits than fits into its last requests, with room for what an estimate misses. */
const HEAVY_SHARE = 0.8;

/**
 * Keeps ended spans until a collector has them: batches, tries again, sends what is left when the page goes, counts what
 * is lost. One request at a time; nothing here ever throws into the code that ends a span. A `SpanProcessor` for any
 * provider. Throws `AgentConfigurationError` for bad settings.
 */
export class FetchBatchSpanProcessor implements SpanProcessor {
  readonly #limits: ProcessorLimits;
  readonly #clock: Clock;
  readonly #sendsWhenIdle: boolean;
  readonly #courier: Courier;
  readonly #ledger: Ledger;
  readonly #outbox: Outbox;
  readonly #journal: LazyJournal | undefined;
  readonly #dispatcher: LazyDispatcher;
  readonly #departure: Departure;
  readonly #unwatchPage: () => void;
  /** Aborted at the end of all. */
  readonly #stop = new AbortController();
  #shutdown: Promise<void> | undefined;
  #sequence = 0;
  #openSpans = 0;

  constructor(options: FetchBatchSpanProcessorOptions) {
    const { limits, clock, random, onDrop, waitUntil, page, journal, exporter } = readProcessorOptions(options);
    const stop = this.#stop.signal;
    const courier = new Courier(exporter, clock);
    const ledger = new Ledger(onDrop);
    const target = page ?? pageAtHand();
    const outbox = new Outbox({ ...limits, ...(target && { heavyBytes: limits.keepaliveMaxBytes * HEAVY_SHARE }) });
    const onRestored = (rows: readonly RestoredRow[]) => this.#restore(rows);
    const { encoding } = courier;
    if (journal && encoding) this.#journal = new LazyJournal(journal, { encoding, clock, ledger, onRestored });
    const keepalive = new KeepaliveBudget();
    const context = { limits, clock, random, waitUntil, courier, ledger, outbox, journal: this.#journal, stop };
    const dispatcher = new LazyDispatcher({ ...context, keepalive: target && keepalive });
    this.#departure = new Departure({
      ...{ outbox, courier, limits, keepalive },
      attempt: (batch) =>
        dispatcher.attempt(batch, { signal: stop, leaving: true, keepalive: () => batch.outlivesPage }),
      onUnfit: (batch, unfit) => dispatcher.part(batch, unfit),
    });
    this.#limits = limits;
    this.#clock = clock;
    this.#sendsWhenIdle = waitUntil !== undefined;
    this.#courier = courier;
    this.#ledger = ledger;
    this.#outbox = outbox;
    this.#dispatcher = dispatcher;
    this.#unwatchPage = watchPageExit(target, {
      onHidden: () => {
        if (dispatcher.askedUntilMs <= clock.now()) this.#leave({ forGood: false });
      },
      onLeave: () => this.#leave({ forGood: true }),
      onBack: () => dispatcher.hurry(),
    });
  }

  get counters(): TelemetryCounters {
    return { ...this.#ledger.counts, queued: this.#outbox.size };
  }

  onStart(span: Span, parent: Context): void {
    this.#openSpans += 1;
    try {
      timeByTrace(span, parent);
    } catch {
      // a span of another make keeps its own times
    }
  }

  onEnd(span: ReadableSpan): void {
    this.#openSpans -= 1;
    let ended: Pick<Entry, 'span' | 'bytes' | 'isRoot'>;
    try {
      if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
      ended = { span, bytes: estimateBytes(span), isRoot: isRootSpan(span) };
    } catch (error) {
      this.#ledger.counts.ended += 1;
      this.#ledger.lose('not_encodable', [{ isRoot: false }], `a span cannot be read: ${String(error)}`, error);
      return;
    }
    this.#accept(ended);
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

  #accept(ended: Pick<Entry, 'span' | 'bytes' | 'isRoot'>): void {
    this.#ledger.counts.ended += 1;
    if (this.#shutdown) {
      this.#ledger.lose('shut_down', [ended], 'spans ended after the shutdown');
      return;
    }
    const entry = this.#add({ row: this.#journal?.rowOf(this.#sequence), ...ended });
    this.#journal?.add(entry);
    if (ended.isRoot) this.#dispatcher.rootEnded();
    if (this.#sendsWhenIdle && this.#openSpans <= 0) this.#flushSoon();
  }

  #add(given: Omit<Entry, 'sequence' | 'queuedAtMs'>): Entry {
    const entry: Entry = { sequence: this.#sequence, queuedAtMs: this.#clock.now(), ...given };
    this.#sequence += 1;
    const { isFull, isHeavy } = this.#outbox;
    const dropped = this.#outbox.add(entry);
    if (dropped.length > 0) {
      this.#ledger.lose('queue_full', dropped, 'more spans wait than `maxQueueBytes` or `maxQueueSpans` allow');
      this.#journal?.remove(dropped);
    }
    if (isFull !== this.#outbox.isFull || isHeavy !== this.#outbox.isHeavy) this.#dispatcher.nudge();
    this.#dispatcher.start();
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

  #leave({ forGood }: { forGood: boolean }): void {
    if (this.#stop.signal.aborted) return;
    if (forGood) this.#dispatcher.cutShort();
    this.#departure.begin({ forGood });
    this.#flushSoon();
  }

  #flushSoon(): void {
    this.#dispatcher.flush(this.#sequence - 1);
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
    this.#dispatcher.nudge();
    const left = this.#outbox.takeAll(() => true);
    const stored = await this.#journal?.close();
    const lost = left.filter(({ row = '' }) => !stored?.has(row));
    this.#ledger.counts.journaled += left.length - lost.length;
    this.#ledger.lose('shut_down', lost, `${this.#courier.destination} was shut down before all was sent`);
    await this.#courier.shutdown().catch(() => undefined);
  }
}
