import * as z from 'zod';
import { admitRun, type Lease, releaseRun } from './limits';
import type { ObjectHome } from './objects';
import type { RunOrder } from './run-order';
import type { WorkerSettings } from './settings';

const LEASE = 'lease';
const kept = z.object({ id: z.string(), counted: z.string() });

/** Each life of a run has its own: what ends with one gives nothing back of the next. */
export function leaseOf({ runId, life, counted }: Pick<RunOrder, 'runId' | 'life' | 'counted'>): Lease {
  return { id: `${runId} ${life}`, counted };
}

/** The place among its visitor's runs at once that a run in this object has; written down until it is given back. */
export class RunLease {
  readonly #home: ObjectHome;
  #isInUse = false;

  constructor(home: ObjectHome) {
    this.#home = home;
  }

  /** Takes a place for a run that is about to go on; gives the tokens of the day so far. Throws a `Problem` of 429. */
  async take<Env>(lease: Lease, settings: WorkerSettings<Env>): Promise<number> {
    await this.release();
    this.hold(lease); // first: should the object be killed, the next one finds what to give back
    try {
      return await admitRun(this.#home.objects, lease, settings);
    } catch (error) {
      this.#isInUse = false;
      this.#home.rows.remove(LEASE);
      throw error;
    }
  }

  /** A place that was taken is that of the run under way here. */
  hold(lease: Lease): void {
    this.#isInUse = true;
    this.#home.rows.put(LEASE, JSON.stringify(lease));
  }

  /** The run is no longer under way. Gives back its place. */
  async end(): Promise<boolean> {
    this.#isInUse = false;
    return this.release();
  }

  /** Gives back what a run left that has ended; false where that could not be done, and is to be tried again. */
  async release(): Promise<boolean> {
    const { rows, objects } = this.#home;
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
}
