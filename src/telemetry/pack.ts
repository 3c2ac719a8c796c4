import type { Courier, Unfit } from './courier';
import type { Batch, Entry, Outbox } from './outbox';
import type { ProcessorLimits } from './processor-options';

export interface PackContext {
  outbox: Outbox;
  courier: Courier;
  limits: ProcessorLimits;
  /** Told of a batch of one that cannot be sent. */
  onUnfit(batch: Batch, unfit: Unfit): void;
}

/** Batches with bodies of at most `keepaliveMaxBytes`, in the order given; a span that is longer alone gets one of its own. */
export function packSmall(entries: readonly Entry[], { outbox, courier, limits, onUnfit }: PackContext): Batch[] {
  const packed: Batch[] = [];
  const pack = (some: readonly Entry[]): void => {
    const batch = outbox.batch(some);
    const isAlone = some.length === 1;
    const unfit = courier.prepare(batch, isAlone ? limits.maxBodyBytes : limits.keepaliveMaxBytes);
    if (!unfit) packed.push(batch);
    else if (isAlone) onUnfit(batch, unfit);
    else {
      outbox.dissolve(batch);
      const middle = Math.ceil(some.length / 2);
      pack(some.slice(0, middle));
      pack(some.slice(middle));
    }
  };
  for (const some of groups(entries, limits)) pack(some);
  return packed;
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
