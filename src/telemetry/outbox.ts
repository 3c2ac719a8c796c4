import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';

/** One ended span that waits. */
export interface Entry {
  /** In the order of ends. */
  readonly sequence: number;
  readonly queuedAtMs: number;
  /** About its bytes in a body. */
  readonly bytes: number;
  readonly isRoot: boolean;
  /** Either the span, or the body of a request with it alone, as the journal keeps it. */
  readonly content: { span: ReadableSpan } | { body: Uint8Array };
  /** Its name in the journal; absent where it is in none. */
  readonly row?: string;
}

/** Entries that are sent together, the same ones at each attempt. */
export interface Batch {
  entries: readonly Entry[];
  /** Kept from the first attempt on. */
  body?: Uint8Array<ArrayBuffer> | undefined;
  firstAttemptAtMs?: number;
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
}

/** Everything that is neither delivered nor lost: a queue, and the batches taken from it. */
export class Outbox {
  readonly #limits: OutboxLimits;
  readonly #roots = new Line();
  readonly #others = new Line();
  /** Every batch that is not settled. */
  readonly #batches = new Set<Batch>();
  /** Those of them that wait to be sent again, or for the first time after a split. */
  #waiting: Batch[] = [];
  #bytes = 0;
  #awaited: { upTo: number; done: () => void }[] = [];

  constructor(limits: OutboxLimits) {
    this.#limits = limits;
  }

  /** Entries in the queue. */
  get length(): number {
    return this.#roots.length + this.#others.length;
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

  get waiting(): Batch | undefined {
    return this.#waiting[0];
  }

  get first(): Entry | undefined {
    const root = this.#roots.first;
    const other = this.#others.first;
    return root && other ? (root.sequence < other.sequence ? root : other) : (root ?? other);
  }

  /** The lowest sequence number of all that is here; infinite where nothing is. */
  get oldest(): number {
    let oldest = this.first?.sequence ?? Number.POSITIVE_INFINITY;
    for (const { entries } of this.#batches) for (const { sequence } of entries) oldest = Math.min(oldest, sequence);
    return oldest;
  }

  /** Puts an entry into the queue and returns those that had to go for it, of which roots are the last. */
  add(entry: Entry): Entry[] {
    this.#push(entry);
    const dropped: Entry[] = [];
    while (this.length > this.#limits.maxQueueSpans || this.#bytes > this.#limits.maxQueueBytes) {
      const victim = this.#shift(this.#others) ?? this.#dropWaiting() ?? this.#shift(this.#roots);
      if (!victim) break;
      dropped.push(victim);
    }
    if (dropped.length > 0) this.#tell();
    return dropped;
  }

  /** The batch to send next: one that waits, else from the queue, in the order of ends. */
  take(maxSpans: number, maxBytes: number): Batch | undefined {
    const again = this.#waiting.shift();
    if (again) return again;
    const entries: Entry[] = [];
    let bytes = 0;
    for (let next = this.first; next && entries.length < maxSpans; next = this.first) {
      if (entries.length > 0 && bytes + next.bytes > maxBytes) break;
      bytes += next.bytes;
      this.#shift(next.isRoot ? this.#roots : this.#others);
      entries.push(next);
    }
    return entries.length > 0 ? this.batch(entries) : undefined;
  }

  /** The queue and the batches that `isTaken` says, as one list. Whoever takes it makes batches of it, or puts it back. */
  takeAll(isTaken: (batch: Batch) => boolean): Entry[] {
    const entries = [...this.#roots.clear(), ...this.#others.clear()];
    this.#bytes = 0;
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
    const all = [...entries, ...this.#roots.clear(), ...this.#others.clear()].sort(bySequence);
    this.#bytes = 0;
    for (const entry of all) this.#push(entry);
  }

  batch(entries: readonly Entry[]): Batch {
    const batch: Batch = { entries, isActive: false, outlivesPage: false, isAbandoned: false };
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
    this.#batches.delete(batch);
    this.#tell();
  }

  /** The batch is no more; its entries go elsewhere at once. */
  dissolve(batch: Batch): void {
    this.#batches.delete(batch);
  }

  /** Resolves when nothing up to this sequence number is here any more. */
  gone(upTo: number): Promise<void> {
    return new Promise((done) => {
      this.#awaited.push({ upTo, done });
      this.#tell();
    });
  }

  #tell(): void {
    if (this.#awaited.length === 0) return;
    const { oldest } = this;
    for (const { upTo, done } of this.#awaited) if (oldest > upTo) done();
    this.#awaited = this.#awaited.filter(({ upTo }) => oldest <= upTo);
  }

  #push(entry: Entry): void {
    (entry.isRoot ? this.#roots : this.#others).push(entry);
    this.#bytes += entry.bytes;
  }

  #shift(line: Line): Entry | undefined {
    const entry = line.shift();
    if (entry) this.#bytes -= entry.bytes;
    return entry;
  }

  /** An entry of a batch that waits; a root of the queue takes its place there, so that it goes before any root does. */
  #dropWaiting(): Entry | undefined {
    for (const batch of this.#waiting) {
      const victim = batch.entries.find(({ isRoot }) => !isRoot);
      const root = victim && this.#shift(this.#roots);
      if (!victim || !root) continue;
      batch.entries = [...batch.entries.filter((entry) => entry !== victim), root];
      batch.body = undefined;
      return victim;
    }
    return undefined;
  }
}

function bySequence(one: Entry, other: Entry): number {
  return one.sequence - other.sequence;
}

/** First in, first out; taking from the front of a plain array costs its length. */
class Line {
  #entries: Entry[] = [];
  #head = 0;

  get length(): number {
    return this.#entries.length - this.#head;
  }

  get first(): Entry | undefined {
    return this.#entries[this.#head];
  }

  push(entry: Entry): void {
    this.#entries.push(entry);
  }

  shift(): Entry | undefined {
    const entry = this.#entries[this.#head];
    if (!entry) return undefined;
    this.#head += 1;
    if (this.#head > 256 && this.#head * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
    return entry;
  }

  clear(): Entry[] {
    const entries = this.#entries.slice(this.#head);
    this.#entries = [];
    this.#head = 0;
    return entries;
  }
}
