import type { Executor } from './executor';

/** What `#runtime` gives: the few things that differ between Node, a page and a worker. One export, `runtime`. */
export interface Runtime {
  readonly name: 'node' | 'browser' | 'workerd';
  /** A secret or setting of the surroundings, such as `HF_TOKEN`; always undefined in a page. */
  environment(name: string): string | undefined;
  /** The sandbox host that suits this runtime, made at the first call. */
  executor(): Promise<Executor>;
  /** Origin that answers `/search` and `/visit` for pages, which cannot fetch other sites; undefined elsewhere. */
  readonly webOrigin: string | undefined;
  /** Keeps an edge worker alive until the promise is settled, beyond the reply to the request at hand; undefined elsewhere. */
  readonly waitUntil: ((promise: Promise<unknown>) => void) | undefined;
  /** What carries a value through `await`, where this runtime has it; a promise where it must be looked for. */
  asyncStorage<Value>(): AsyncStorage<Value> | undefined | Promise<AsyncStorage<Value> | undefined>;
}

/** The part of `AsyncLocalStorage` that matters: a value that `body` and all that it starts can read. */
export interface AsyncStorage<Value> {
  run<Result>(value: Value, body: () => Result): Result;
  getStore(): Value | undefined;
}
