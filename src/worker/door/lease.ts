import * as z from 'zod';
import type { ObjectHome } from '../objects';
import type { RunOrder } from '../runs/run-order';
import type { WorkerSettings } from '../settings';
import { admitRun, confirmRun, type Lease, releaseRun } from './limits';

const LEASE = 'lease';
const kept = z.object({ id: z.string(), counted: z.string() });

/** Each life of a run has its own: what ends with one gives nothing back of the next. */
export function leaseOf({ runId, life, counted }: Pick<RunOrder, 'runId' | 'life' | 'counted'>): Lease {
  return { id: `${runId} ${life}`, counted };
}

/**
 * The place among its visitor's runs at once that a run in this object has; written down until it is given back. A place that
 * is taken lapses within seconds, unless the run says that it is under way.
 */
export class RunLease<Env> {
  readonly #home: ObjectHome;
  readonly #settings: WorkerSettings<Env>;
  #isInUse = false;
  /** Whether the ledger was told so; while it is being told, when that is known. */
  #confirmed: Promise<boolean> = Promise.resolve(false);

  constructor(home: ObjectHome, settings: WorkerSettings<Env>) {
    this.#home = home;
    this.#settings = settings;
  }

  /** Takes a place for a run that is about to go on; gives the tokens of the day so far. Throws a `Problem` of 429. */
  async take(lease: Lease): Promise<number> {
    await this.release();
    this.#isInUse = true;
    this.#home.rows.put(LEASE, JSON.stringify(lease)); // first: should the object be killed, the next one finds what to give back
    try {
      return await admitRun(this.#home.objects, lease, this.#settings);
    } catch (error) {
      this.#isInUse = false;
      this.#home.rows.remove(LEASE);
      throw error;
    }
  }

  /** A place that was taken is that of the run under way here, which is written down by now. */
  hold(lease: Lease): void {
    this.#isInUse = true;
    this.#home.rows.put(LEASE, JSON.stringify(lease));
    this.#confirm(lease);
  }

  /** Says again that the run is under way, where that was not heard. */
  async renew(): Promise<void> {
    if (await this.#confirmed) return;
    const saved = this.#home.rows.get(LEASE);
    if (this.#isInUse && saved !== undefined) this.#confirm(kept.parse(JSON.parse(saved)));
  }

  /** The run is no longer under way. Gives back its place. */
  async end(): Promise<boolean> {
    this.#isInUse = false;
    return this.release();
  }

  /** Gives back what a run left that has ended; false where that could not be done, and is to be tried again. */
  async release(): Promise<boolean> {
    const { rows, objects } = this.#home;
    await this.#confirmed; // should it be heard after the release, the place would be taken again
    const saved = rows.get(LEASE);
    if (this.#isInUse || saved === undefined) return true;
    try {
      await releaseRun(objects, kept.parse(JSON.parse(saved)));
    } catch {
      return false;
    }
    if (rows.get(LEASE) === saved) rows.remove(LEASE);
    return true;
  }

  #confirm(lease: Lease): void {
    const telling = confirmRun(this.#home.objects, lease, this.#settings);
    this.#confirmed = telling.then(
      () => true,
      () => false,
    );
    this.#home.waitUntil(this.#confirmed);
  }
}
