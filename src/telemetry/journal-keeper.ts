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
export class JournalKeeper {
  /** Resolves when the journal is open, or cannot be opened. */
  readonly opened: Promise<void>;
  readonly #owner = crypto.randomUUID();
  readonly #ledger: Ledger;
  #journal: Journal | undefined;
  /** Entries that came before the journal was open. */
  readonly #early = new Map<string, Entry>();

  constructor(options: JournalOptions, context: JournalContext) {
    this.#ledger = context.ledger;
    this.opened = this.#open(options, context).catch((error: unknown) => {
      this.#early.clear();
      this.#warn(error);
    });
  }

  /** The entry under the name that it has in the journal from now on. */
  add(entry: Entry): Entry {
    const named = { ...entry, row: `${this.#owner}/${entry.sequence}` };
    if (this.#journal) this.#journal.add(named.row, named);
    else this.#early.set(named.row, named);
    return named;
  }

  remove(entries: readonly Entry[]): void {
    for (const { row } of entries) {
      if (row === undefined) continue;
      this.#early.delete(row);
      this.#journal?.remove(row);
    }
  }

  /** Names of the rows that stay behind for another page. */
  async close(): Promise<ReadonlySet<string>> {
    try {
      await this.opened;
      return (await this.#journal?.close()) ?? new Set();
    } catch (error) {
      this.#warn(error);
      return new Set();
    }
  }

  async #open(options: JournalOptions, { encoding, ledger, clock, onRestored }: JournalContext): Promise<void> {
    const { openJournal } = await import('./journal');
    const context = {
      encoding,
      clock,
      owner: this.#owner,
      onRestored,
      onFailed: (error: unknown) => this.#warn(error),
    };
    const onExpired = (spans: number) => ledger.expired(spans);
    this.#journal = await openJournal(options, { ...context, onExpired });
    for (const [row, entry] of this.#early) this.#journal.add(row, entry);
    this.#early.clear();
  }

  #warn(error: unknown): void {
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    this.#ledger.warn('journal', `the journal cannot be used, spans are kept in memory alone: ${reason}`);
  }
}
