import type { Courier, Unfit } from './courier';
import type { KeepaliveBudget } from './keepalive-budget';
import type { Batch, Entry, Outbox } from './outbox';
import type { ProcessorLimits } from './processor-options';

export interface DepartureContext {
  outbox: Outbox;
  courier: Courier;
  limits: ProcessorLimits;
  keepalive: KeepaliveBudget;
  /** Tries once to send a batch. Calls fetch before it returns. */
  attempt(batch: Batch): Promise<void>;
  /** Told of a batch of one that cannot be sent. */
  onUnfit(batch: Batch, unfit: Unfit): void;
}

/** Sends what is left when the page goes: in small bodies, those of the first 64 KiB with keepalive. */
export class Departure {
  readonly #context: DepartureContext;

  constructor(context: DepartureContext) {
    this.#context = context;
  }

  /**
   * The page may be gone any moment: roots first, since a trace without its root cannot be read, and the newest of all.
   * Where it is only hidden, what does not outlive it stays in the queue, and so does what a request is under way with.
   */
  begin({ forGood }: { forGood: boolean }): void {
    const { outbox, attempt, limits, keepalive } = this.#context;
    const entries = outbox.takeAll((batch) => !batch.isActive || (forGood && !batch.outlivesPage));
    const rootsFirst = entries.sort(
      (one, other) => Number(other.isRoot) - Number(one.isRoot) || other.sequence - one.sequence,
    );
    const bodies = groups(rootsFirst, limits);
    const staying = forGood ? [] : bodies.splice(3).flat(); // encoding all of a long queue would stall a page that is only hidden
    for (const batch of bodies.flatMap((some) => this.#packed(some))) {
      const bytes = this.#take(batch);
      if (!bytes && !forGood) {
        outbox.dissolve(batch);
        staying.push(...batch.entries);
        continue;
      }
      batch.outlivesPage = bytes > 0;
      void attempt(batch).finally(() => keepalive.giveBack(bytes));
    }
    outbox.giveBack(staying);
  }

  /** Bytes that a batch takes from the budget; 0 for one that does not fit, or whose body a stock exporter makes. */
  #take({ body }: Batch): number {
    const bytes = body?.length ?? 0;
    const { limits, keepalive } = this.#context;
    return bytes <= limits.keepaliveMaxBytes && keepalive.take(bytes) ? bytes : 0;
  }

  /** Batches with bodies of at most `keepaliveMaxBytes`, in the order given; a span that is longer alone gets one of its own. */
  #packed(entries: readonly Entry[]): Batch[] {
    const { outbox, courier, limits, onUnfit } = this.#context;
    const batch = outbox.batch(entries);
    const isAlone = entries.length === 1;
    const unfit = courier.prepare(batch, isAlone ? limits.maxBodyBytes : limits.keepaliveMaxBytes);
    if (!unfit) return [batch];
    if (isAlone) {
      onUnfit(batch, unfit);
      return [];
    }
    outbox.dissolve(batch);
    const middle = Math.ceil(entries.length / 2);
    return [entries.slice(0, middle), entries.slice(middle)].flatMap((half) => this.#packed(half));
  }
}

/** Neighbours that fit into one body, as far as their estimated sizes tell. */
function groups(entries: readonly Entry[], { keepaliveMaxBytes, maxBatchSpans }: ProcessorLimits): Entry[][] {
  const all: Entry[][] = [];
  let bytes = 0;
  for (const entry of entries) {
    const last = all.at(-1);
    bytes += entry.bytes;
    if (last && bytes <= keepaliveMaxBytes && last.length < maxBatchSpans) last.push(entry);
    else {
      all.push([entry]);
      bytes = entry.bytes;
    }
  }
  return all;
}
