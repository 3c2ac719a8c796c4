import { type Clock, systemClock } from '../../web/clock';
import { within } from '../../web/deadline';
import type { Journal } from './journal';
import type { JournalOptions, RestoredRow } from './journal-options';
import type { Ledger } from './ledger';
import type { OtlpEncoding } from './otlp';
import type { Entry } from './outbox';

/** A database may wait for another page for ever. */
const OPEN_TIMEOUT_MS = 5_000;

export interface JournalContext {
  encoding: OtlpEncoding;
  ledger: Ledger;
  clock: Clock;
  /** Told of spans that pages before this one left behind; from now on they are this page's. */
  onRestored(rows: readonly RestoredRow[]): void;
}

/** The journal as a processor sees it: nothing to wait for, and nothing that fails. Its code is fetched when it is made. */
export class LazyJournal {
  /** Resolves when the journal is open; with nothing when it cannot be. What is asked of it before stays in order. */
  readonly opened: Promise<Journal | undefined>;
  readonly #owner = crypto.randomUUID();

  constructor(options: JournalOptions, context: JournalContext) {
    const onFailed = (error: unknown) =>
      context.ledger.warn('journal', `the journal cannot be used, spans are kept in memory alone: ${String(error)}`);
    const opening = import('./journal').then(({ openJournal }) =>
      openJournal(options, { ...context, owner: this.#owner, onFailed }),
    );
    const { signal } = new AbortController();
    const late = () => new Error(`it did not open within ${OPEN_TIMEOUT_MS} ms`);
    // the disk knows no virtual time
    this.opened = within(() => opening, { clock: systemClock, timeoutMs: OPEN_TIMEOUT_MS, signal, late }).catch(
      (error: unknown) => {
        onFailed(error);
        void opening.then((journal) => journal.close()).catch(() => undefined); // it may open yet, and nobody would know
        return undefined;
      },
    );
  }

  /** The name of an entry in the journal. */
  rowOf(sequence: number): string {
    return `${this.#owner}/${sequence}`;
  }

  add(entry: Entry): void {
    void this.opened.then((journal) => journal?.add(entry));
  }

  remove(entries: readonly Entry[]): void {
    void this.opened.then((journal) => journal?.remove(entries));
  }

  /** Names of the rows that stay behind for another page. */
  close(): Promise<ReadonlySet<string> | undefined> {
    return this.opened.then((journal) => journal?.close()).catch(() => undefined);
  }
}
