/**
 * The waits of one run for its model and its tools. One listener ends them all: one for each would be among the dearest
 * things of a step. To be closed when the run has ended.
 */
export class Waits {
  readonly #signal: AbortSignal;
  readonly #rejects = new Set<(reason: unknown) => void>();
  readonly #onAbort = () => {
    for (const reject of this.#rejects) reject(this.#signal.reason);
    this.#rejects.clear();
  };

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** As `abortable` by the run's signal. */
  for<Value>(promise: PromiseLike<Value> | Value): Promise<Value> {
    return new Promise((resolve, reject) => {
      if (this.#signal.aborted) reject(this.#signal.reason);
      else this.#rejects.add(reject);
      Promise.resolve(promise).then(
        (value) => {
          this.#rejects.delete(reject);
          resolve(value);
        },
        (error: unknown) => {
          this.#rejects.delete(reject);
          reject(error);
        },
      );
    });
  }

  close(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
  }
}
