/*
 * The part of the edge platform that is used, by shape: what a Durable Object and the worker's `fetch` are given. Nothing is
 * imported from the platform, so that the same code serves in Node.
 */

/** Bindings, variables and secrets by name, as the platform gives them to a worker. */
export type WorkerEnvironment = Readonly<Record<string, unknown>>;

/** What `fetch` of a worker gets beside the request. */
export interface WorkerContext {
  waitUntil(work: Promise<unknown>): void;
}

/** What a Durable Object with SQLite is given. */
export interface ObjectState {
  readonly storage: {
    readonly sql: {
      exec(query: string, ...bindings: (string | number)[]): { toArray(): Record<string, unknown>[] };
    };
    setAlarm(atMs: number): Promise<void>;
    deleteAlarm(): Promise<void>;
    deleteAll(): Promise<void>;
  };
  waitUntil(work: Promise<unknown>): void;
}

/** Anything that answers requests: a Durable Object's stub, a binding of static assets. */
export interface Fetcher {
  fetch(request: Request): Promise<Response>;
}
