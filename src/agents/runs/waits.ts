/**
 * The waits of one run for its model and its tools. One listener ends them all: one for each would be among the dearest
 * things of a step. To be closed when the run has ended.
 */
export class Waits {
  readonly #signal: AbortSignal;
  /** A list and no set, whose room would be made anew for each wait. */
  readonly #rejects: ((reason: unknown) => void)[] = [];
  readonly #onAbort = () => {
    for (const reject of this.#rejects.splice(0)) reject(this.#signal.reason);
  };

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** As `abortable` by the run's signal. */
  for<Value>(promise: PromiseLike<Value> | Value): Promise<Value> {
    return new Promise((resolve, reject) => {
      if (this.#signal.aborted) reject(this.#signal.reason);
      else this.#rejects.push(reject);
      Promise.resolve(promise).then(
        (value) => {
          this.#forget(reject);
          resolve(value);
        },
        (error: unknown) => {
          this.#forget(reject);
          reject(error);
        },
      );
    });
  }

  #forget(reject: (reason: unknown) => void): void {
    const index = this.#rejects.indexOf(reject);
    if (index < 0) return; // of an abort that came before
    const last = this.#rejects.pop();
    if (last && last !== reject) this.#rejects[index] = last;
  }

  close(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
  }
}
