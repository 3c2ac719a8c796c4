import type { Clock } from '../web/clock';
import type { Journal } from './journal';
import type { JournalOptions, RestoredRow } from './journal-options';
import type { Ledger } from './ledger';
import type { OtlpEncoding } from './otlp';
import type { Entry } from './outbox';

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
    this.opened = opening.catch((error: unknown) => {
      onFailed(error);
      return undefined;
    });
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
