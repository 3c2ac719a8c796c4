/** Lets any number of readers wait for the next change. */
export class Changes {
  readonly #listeners = new Set<() => void>();

  tell(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Resolves at the next change, or when `signal` aborts. */
  next(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const settle = () => {
        this.#listeners.delete(settle);
        signal.removeEventListener('abort', settle);
        resolve();
      };
      if (signal.aborted) return resolve();
      this.#listeners.add(settle);
      signal.addEventListener('abort', settle);
    });
  }
}
