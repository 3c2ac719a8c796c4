import type { Clock } from '../../web/clock';

/** How long a managed agent that was aborted may take to end, in milliseconds: one that hangs holds nobody up. */
const UNWIND_MS = 200;

/** The calls of managed agents that a run has under way. A step waits for their ends, so that nothing of it outlives it. */
export class Delegations {
  readonly #underWay = new Set<Promise<unknown>>();

  /** Gives the promise back. */
  add<Report>(working: Promise<Report>): Promise<Report> {
    this.#underWay.add(working);
    const remove = () => void this.#underWay.delete(working);
    working.then(remove, remove);
    return working;
  }

  /** False where there is nothing to wait for, as in most steps. */
  get isBusy(): boolean {
    return this.#underWay.size > 0;
  }

  /** Resolves when all have ended, or have had `UNWIND_MS` for it. */
  async settled(clock: Clock): Promise<void> {
    const waiting = new AbortController();
    const late = clock.sleep(UNWIND_MS, waiting.signal).catch(() => {});
    await Promise.race([Promise.allSettled(this.#underWay), late]);
    waiting.abort();
    this.#underWay.clear(); // one that hangs is waited for once
  }
}
