import type { LogRecord } from '../../src/index';

/** A log that another process could read: JSON texts, with the bytes of snapshots in base64. */
export class Journal {
  readonly #lines: string[];
  readonly #stopAfter: number;
  #told: () => void = () => {};
  /** Resolved when the process that writes is as good as dead. */
  readonly stopped: Promise<void>;

  /** Takes `stopAfter` more entries, and never answers the last of them: the run hangs there, as if it had been killed. */
  constructor(lines: readonly string[] = [], stopAfter = Number.POSITIVE_INFINITY) {
    this.#lines = [...lines];
    this.#stopAfter = lines.length + stopAfter;
    this.stopped = new Promise((resolve) => {
      this.#told = resolve;
    });
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  /** What `resume` takes. */
  entries(): unknown[] {
    return this.#lines.map((line) => JSON.parse(line));
  }

  readonly log = ({ snapshot, ...entry }: LogRecord): Promise<void> => {
    if (this.#lines.length >= this.#stopAfter) return new Promise(() => {}); // nobody is there any more
    const bytes = snapshot instanceof Uint8Array ? Buffer.from(snapshot).toString('base64') : snapshot;
    this.#lines.push(JSON.stringify({ ...entry, ...(bytes !== undefined && { snapshot: bytes }) }));
    if (this.#lines.length < this.#stopAfter) return Promise.resolve();
    this.#told();
    return new Promise(() => {});
  };
}
