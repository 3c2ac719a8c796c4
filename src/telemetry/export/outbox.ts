import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { RestoredRow } from './journal-options';

/** One ended span that waits: the span itself, or what the journal kept of one. */
export interface Entry {
  /** In the order of ends. */
  readonly sequence: number;
  readonly queuedAtMs: number;
  /** About its bytes in a body. */
  readonly bytes: number;
  readonly isRoot: boolean;
  readonly span?: ReadableSpan;
  readonly restored?: RestoredRow;
  /** Its name in the journal; absent where it is in none. */
  readonly row?: string | undefined;
  firstAttemptAtMs?: number;
}

/** Entries that are sent together, the same ones at each attempt. */
export interface Batch {
  entries: readonly Entry[];
  /** Kept from the first attempt on. */
  body?: Uint8Array<ArrayBuffer> | undefined;
  /** It was sent before. */
  isTried: boolean;
  /** A request with it is under way. */
  isActive: boolean;
  /** That request was sent with keepalive. */
  outlivesPage: boolean;
  /** Its entries were taken over by another batch: what still comes of it counts no more. */
  isAbandoned: boolean;
}

export interface OutboxLimits {
  maxQueueSpans: number;
  maxQueueBytes: number;
  maxBatchSpans: number;
  maxBodyBytes: number;
  /** In a page: bytes that would not all outlive it. */
  heavyBytes?: number;
}

/** Everything that is neither delivered nor lost: a queue, and the batches taken from it. */
export class Outbox {
  readonly #limits: OutboxLimits;
  /** By sequence. */
  #queue: Entry[] = [];
  /** Every batch that is not settled. */
  readonly #batches = new Set<Batch>();
  /** Those of them that wait to be sent again, or for the first time after a split. */
  #waiting: Batch[] = [];
  #bytes = 0;
  /** Each says whether it need not be asked again. */
  #awaited: (() => boolean)[] = [];

  constructor(limits: OutboxLimits) {
    this.#limits = limits;
  }

  /** Entries in the queue. */
  get length(): number {
    return this.#queue.length;
  }

  /** About the bytes of the queue. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Entries in queue and batches. */
  get size(): number {
    let size = this.length;
    for (const { entries } of this.#batches) size += entries.length;
    return size;
  }

  /** Whether what waits fills a request. */
  get isFull(): boolean {
    return this.length >= this.#limits.maxBatchSpans || this.#bytes >= this.#limits.maxBodyBytes;
  }

  /** Whether more waits than a page that goes could send. */
  get isHeavy(): boolean {
    return this.#bytes >= (this.#limits.heavyBytes ?? Number.POSITIVE_INFINITY);
  }

  get waiting(): Batch | undefined {
    return this.#waiting[0];
  }

  get first(): Entry | undefined {
    return this.#queue[0];
  }

  /** Puts an entry into the queue and returns those that had to go for it, of which roots are the last. */
  add(entry: Entry): Entry[] {
    this.#queue.push(entry);
    this.#bytes += entry.bytes;
    const dropped: Entry[] = [];
    while (this.length > this.#limits.maxQueueSpans || this.#bytes > this.#limits.maxQueueBytes) {
      const index = this.#queue.findIndex(({ isRoot }) => !isRoot);
      const [victim] = this.#cut(Math.max(index, 0), 1);
      if (!victim) break;
      dropped.push(index < 0 ? this.#exchange(victim) : victim);
    }
    if (dropped.length > 0) this.#tell();
    return dropped;
  }

  /** The batch to send next: one that waits, else from the queue, in the order of ends. */
  take(maxSpans: number, maxBytes: number): Batch | undefined {
    const again = this.#waiting.shift();
    if (again || !this.first) return again;
    let bytes = this.first.bytes;
    let count = 1;
    for (; count < Math.min(maxSpans, this.length); count += 1) {
      bytes += this.#queue[count]?.bytes ?? 0;
      if (bytes > maxBytes) break;
    }
    return this.batch(this.#cut(0, count));
  }

  /** The queue and the batches that `isTaken` says, as one list. Whoever takes it makes batches of it, or puts it back. */
  takeAll(isTaken: (batch: Batch) => boolean): Entry[] {
    const entries = this.#cut(0, this.length);
    for (const batch of this.#batches) {
      if (!isTaken(batch)) continue;
      batch.isAbandoned = true;
      this.#batches.delete(batch);
      entries.push(...batch.entries);
    }
    this.#waiting = this.#waiting.filter((batch) => this.#batches.has(batch));
    return entries.sort(bySequence);
  }

  /** Puts entries that were taken back where they were. */
  giveBack(entries: readonly Entry[]): void {
    this.#queue = [...entries, ...this.#queue].sort(bySequence);
    this.#bytes += bytesOf(entries);
  }

  batch(entries: readonly Entry[]): Batch {
    const batch: Batch = { entries, isTried: false, isActive: false, outlivesPage: false, isAbandoned: false };
    this.#batches.add(batch);
    return batch;
  }

  /** One batch becomes two, which are next to be sent. */
  split(batch: Batch): void {
    const middle = Math.ceil(batch.entries.length / 2);
    this.dissolve(batch);
    for (const half of [batch.entries.slice(middle), batch.entries.slice(0, middle)]) this.retry(this.batch(half));
  }

  /** The batch stays at the head. */
  retry(batch: Batch): void {
    if (!batch.isAbandoned) this.#waiting.unshift(batch);
  }

  /** The batch is done with: delivered or lost. */
  settle(batch: Batch): void {
    this.dissolve(batch);
    this.#tell();
  }

  /** The batch is no more; its entries go elsewhere at once. */
  dissolve(batch: Batch): void {
    this.#batches.delete(batch);
  }

  /** How many entries up to this sequence number are here. */
  left(upTo: number): number {
    const all = [this.#queue, ...[...this.#batches].map(({ entries }) => entries)].flat();
    return all.filter(({ sequence }) => sequence <= upTo).length;
  }

  /** Resolves when nothing up to this sequence number is here any more. */
  gone(upTo: number): Promise<void> {
    return new Promise((done) => {
      this.#awaited.push(() => {
        const isGone = this.left(upTo) === 0;
        if (isGone) done();
        return isGone;
      });
      this.#tell();
    });
  }

  #tell(): void {
    this.#awaited = this.#awaited.filter((isOver) => !isOver());
  }

  /** Takes entries out of the queue. */
  #cut(start: number, count: number): Entry[] {
    const entries = this.#queue.splice(start, count);
    this.#bytes -= bytesOf(entries);
    return entries;
  }

  /** A root takes the place of an entry of a batch that waits, where one is no root. Gives the one that has no place any more. */
  #exchange(root: Entry): Entry {
    for (const batch of this.#waiting) {
      const victim = batch.entries.find(({ isRoot }) => !isRoot);
      if (!victim) continue;
      batch.entries = [...batch.entries.filter((entry) => entry !== victim), root];
      batch.body = undefined;
      return victim;
    }
    return root;
  }
}

function bySequence(one: Entry, other: Entry): number {
  return one.sequence - other.sequence;
}

function bytesOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, { bytes }) => sum + bytes, 0);
}
