/** Bytes that a browser lets a page have in flight in requests that outlive it. */
const BUDGET_BYTES = 65_536;
/** Of those, what a page that stays may have in flight: the rest is for the moment it goes. */
const STAYING_BYTES = BUDGET_BYTES / 2;

/** What is left of the bytes that outlive a page. */
export class KeepaliveBudget {
  #takenBytes = 0;

  /** Takes that much until it is given back. False, and nothing taken, where there is not so much. */
  take(bytes: number, { staying = false } = {}): boolean {
    const isFree = this.#takenBytes + bytes < (staying ? STAYING_BYTES : BUDGET_BYTES);
    if (isFree) this.#takenBytes += bytes;
    return isFree;
  }

  giveBack(bytes: number): void {
    this.#takenBytes -= bytes;
  }
}
