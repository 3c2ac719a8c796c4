/**
 * Something that is loaded once for all who ask for it. What failed is loaded anew for the next one, and so is what was called
 * off since all who waited for it have left.
 */
export class SharedLoad<Loaded> {
  readonly #load: (signal: AbortSignal) => Promise<Loaded>;
  #current: Loading<Loaded> | undefined;

  constructor(load: (signal: AbortSignal) => Promise<Loaded>) {
    this.#load = load;
  }

  /** Rejects with the signal's reason as soon as it aborts. */
  async get(signal: AbortSignal): Promise<Loaded> {
    signal.throwIfAborted();
    this.#current ??= this.#begin();
    const loading = this.#current;
    const done = new AbortController();
    loading.waiting++;
    try {
      return await new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { signal: done.signal });
        loading.loaded.then(resolve, reject);
      });
    } finally {
      done.abort();
      loading.waiting--;
      if (loading.waiting === 0 && !loading.isOver) {
        this.#forget(loading);
        loading.aborter.abort(signal.reason);
      }
    }
  }

  /** What was loaded is of no use: it is loaded anew. */
  forget(): void {
    this.#current = undefined;
  }

  #begin(): Loading<Loaded> {
    const aborter = new AbortController();
    const loading = { aborter, loaded: this.#load(aborter.signal), waiting: 0, isOver: false };
    loading.loaded.then(
      () => {
        loading.isOver = true;
      },
      () => {
        loading.isOver = true;
        this.#forget(loading);
      },
    );
    return loading;
  }

  #forget(loading: Loading<Loaded>): void {
    if (this.#current === loading) this.#current = undefined;
  }
}

interface Loading<Loaded> {
  aborter: AbortController;
  loaded: Promise<Loaded>;
  /** How many wait for it. */
  waiting: number;
  isOver: boolean;
}
