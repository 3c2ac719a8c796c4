import { AgentConfigurationError } from '../../errors';
import type { Clock } from '../../web/clock';
import { joinedBytes } from '../../web/joined-bytes';
import { refuseUnknownOptions, requireWholeNumber } from '../../web/options';
import type { JournalOptions, RestoredRow } from './journal-options';
import type { Ledger } from './ledger';
import type { OtlpEncoding } from './otlp';
import type { Entry } from './outbox';

const STORE = 'spans';
/** Name of the row that says how many bytes the others of all pages have. No owner has it, so that no page takes it over. */
const TOTAL = 'total';

export interface JournalSurroundings {
  /** Name of this page among those that share the database. */
  owner: string;
  encoding: OtlpEncoding;
  clock: Clock;
  ledger: Ledger;
  /** Told of spans that pages before this one left behind; from now on they are this page's. */
  onRestored(rows: readonly RestoredRow[]): void;
  onFailed(error: unknown): void;
}

interface Row extends Omit<RestoredRow, 'join'> {
  owner: string;
  /** Milliseconds since the epoch. */
  endedAtMs: number;
  contentType: string;
}

/**
 * Opens the journal: spans in IndexedDB, one row each, until they are delivered. Every page holds a Web Lock while it lives, and
 * takes over the rows of a page as soon as it gets that page's lock: never two pages the same row, and never one of a
 * living page. Throws where IndexedDB or Web Locks are missing or denied.
 */
export async function openJournal(options: JournalOptions, surroundings: JournalSurroundings): Promise<Journal> {
  const { name = 'smolagents-web-traces', maxAgeMs = 24 * 60 * 60 * 1000, maxBytes = 16 * 1024 * 1024 } = options;
  refuseUnknownOptions('journal', options, ['name', 'maxAgeMs', 'maxBytes']);
  if (typeof name !== 'string' || name === '') throw new AgentConfigurationError(`journal: name is ${String(name)}`);
  requireWholeNumber('journal', 'maxAgeMs', maxAgeMs);
  requireWholeNumber('journal', 'maxBytes', maxBytes);
  if (!('indexedDB' in globalThis)) throw new Error('this runtime has no IndexedDB');
  if (!globalThis.navigator?.locks) throw new Error('this page has no Web Locks, which only secure origins have');
  await surroundings.encoding.ready?.();
  const journal = new Journal(await openDatabase(name), { name, maxAgeMs, maxBytes }, surroundings);
  await journal.begin();
  return journal;
}

export class Journal {
  readonly #database: IDBDatabase;
  readonly #settings: Required<JournalOptions>;
  readonly #surroundings: JournalSurroundings;
  readonly #closed = new AbortController();
  /** Bytes of rows that are stored, by name: this page's own ones. */
  readonly #stored = new Map<string, number>();
  /** To be written, and to be deleted. */
  readonly #fresh = new Map<string, Entry>();
  #done: string[] = [];
  #writing: Promise<void> | undefined;

  constructor(database: IDBDatabase, settings: Required<JournalOptions>, surroundings: JournalSurroundings) {
    this.#database = database;
    this.#settings = settings;
    this.#surroundings = surroundings;
  }

  /** Resolves when this page's lock is held and what earlier pages left is known. */
  async begin(): Promise<void> {
    await this.#holdOwnLock();
    const rows = await this.#count();
    const { owner: self } = this.#surroundings;
    for (const owner of new Set(rows.map((row) => row.owner))) if (owner !== self) void this.#takeOverFrom(owner);
  }

  add(entry: Entry): void {
    if (entry.row === undefined || this.#closed.signal.aborted) return;
    this.#fresh.set(entry.row, entry);
    this.#writeSoon();
  }

  remove(entries: readonly Entry[]): void {
    if (this.#closed.signal.aborted) return;
    for (const { row } of entries) if (row !== undefined && !this.#fresh.delete(row)) this.#done.push(row); // also one whose write is under way: transactions keep their order
    this.#writeSoon();
  }

  #tellExpired(spans: number): void {
    const { ledger } = this.#surroundings;
    ledger.counts.ended += spans;
    ledger.counts.restored += spans;
    ledger.lose('expired', [], 'spans lay in the journal for longer than `maxAgeMs`', undefined, spans);
  }

  /** Writes what is left to write, frees this page's lock, and says which rows stay behind. */
  async close(): Promise<ReadonlySet<string>> {
    await this.#writing;
    this.#closed.abort();
    this.#database.close();
    return new Set(this.#stored.keys());
  }

  /** One transaction at a time, and no timer, which a tab in the background may wait a minute for. */
  #writeSoon(): void {
    this.#writing ??= this.#writeAll().catch((error: unknown) => {
      this.#writing = undefined; // what ends next, or is delivered, tries anew
      this.#surroundings.onFailed(error);
    });
  }

  async #writeAll(): Promise<void> {
    await Promise.resolve(); // what ends together is written together
    while (this.#fresh.size > 0 || this.#done.length > 0) await this.#write();
    this.#writing = undefined;
  }

  /** Writes as much of what is fresh as there is room for, and deletes what is done with. */
  async #write(): Promise<void> {
    const rows = [...this.#fresh].flatMap(([row, entry]) => this.#encode(row, entry) ?? []);
    const done = this.#done;
    this.#fresh.clear();
    this.#done = [];
    if (rows.length === 0 && done.length === 0) return;
    const freedBytes = done.reduce((sum, row) => sum + (this.#stored.get(row) ?? 0), 0);
    let kept: Row[] = [];
    try {
      await this.#transact((store) => {
        for (const row of done) store.delete(row);
        this.#addToTotal(store, (totalBytes) => {
          let bytes = totalBytes - freedBytes;
          kept = rows.filter(({ body }) => {
            const fits = bytes + body.length <= this.#settings.maxBytes;
            if (fits) bytes += body.length;
            return fits;
          });
          for (const row of kept) store.put(row);
          return bytes;
        });
      });
    } catch (error) {
      this.#done.push(...done); // else a page to come would send them again
      throw error;
    }
    for (const row of done) this.#stored.delete(row);
    for (const { row, body } of kept) this.#stored.set(row, body.length);
    if (kept.length < rows.length)
      this.#surroundings.onFailed(new Error(`it is full: maxBytes is ${this.#settings.maxBytes}`));
  }

  /** Changes the count of bytes that all pages share, in the transaction of what is counted. */
  #addToTotal(store: IDBObjectStore, change: (bytes: number) => number): void {
    const request: IDBRequest<{ bytes: number } | undefined> = store.get(TOTAL);
    request.onsuccess = () => {
      const bytes = change(request.result?.bytes ?? 0);
      store.put({ row: TOTAL, bytes: Math.max(0, bytes) });
    };
  }

  /** Undefined for what cannot be encoded: the processor itself reports it when it is sent. */
  #encode(row: string, { span, isRoot }: Entry): Row | undefined {
    if (!span) return undefined;
    const { encoding, owner, clock } = this.#surroundings;
    try {
      const body = encoding.encode([span]);
      return { row, owner, isRoot, body, endedAtMs: clock.now(), contentType: encoding.contentType };
    } catch {
      return undefined;
    }
  }

  async #takeOverFrom(owner: string): Promise<void> {
    try {
      const { signal } = this.#closed;
      await navigator.locks.request(this.#lockOf(owner), { signal }, () => this.#adopt(owner));
    } catch (error) {
      if (!this.#closed.signal.aborted) this.#surroundings.onFailed(error);
    }
  }

  /**
   * Takes the rows of a page that is gone, whose lock is held meanwhile. What is too old is deleted; rows in another encoding
   * than this page's are left until they are.
   */
  async #adopt(owner: string): Promise<void> {
    const adopted: Row[] = [];
    let expired: Row[] = [];
    const { owner: self, encoding, clock, onRestored } = this.#surroundings;
    const oldestMs = clock.now() - this.#settings.maxAgeMs;
    await this.#transact((store) => {
      const request: IDBRequest<Row[]> = store.index('owner').getAll(IDBKeyRange.only(owner));
      request.onsuccess = () => {
        expired = request.result.filter(({ endedAtMs }) => endedAtMs < oldestMs);
        for (const { row } of expired) store.delete(row);
        if (expired.length > 0) this.#addToTotal(store, (bytes) => bytes - bytesOf(expired));
        for (const row of request.result) {
          if (expired.includes(row) || row.contentType !== encoding.contentType) continue;
          adopted.push(row);
          store.put({ ...row, owner: self });
        }
      };
    });
    if (expired.length > 0) this.#tellExpired(expired.length);
    for (const { row, body } of adopted) this.#stored.set(row, body.length);
    // messages of protobuf one after the other are one message with the repeated fields of all
    const join = encoding.contentType.endsWith('json') ? joinJson : joinedBytes;
    if (adopted.length > 0) onRestored(adopted.map(({ row, body, isRoot }) => ({ row, body, isRoot, join })));
  }

  #holdOwnLock(): Promise<void> {
    const { signal } = this.#closed;
    const whileOpen = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    return new Promise((resolve, reject) => {
      const hold = () => {
        resolve();
        return whileOpen;
      };
      navigator.locks.request(this.#lockOf(this.#surroundings.owner), hold).catch(reject);
    });
  }

  #lockOf(owner: string): string {
    return `${this.#settings.name} ${owner}`;
  }

  /** All rows; counts their bytes anew, so that nothing that went wrong lasts. */
  async #count(): Promise<Row[]> {
    let rows: Row[] = [];
    await this.#transact((store) => {
      const request: IDBRequest<Row[]> = store.index('owner').getAll(); // the total has no owner
      request.onsuccess = () => {
        rows = request.result;
        store.put({ row: TOTAL, bytes: bytesOf(rows) });
      };
    });
    return rows;
  }

  #transact(work: (store: IDBObjectStore) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const transaction = this.#database.transaction(STORE, 'readwrite', { durability: 'relaxed' });
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error ?? new Error('IndexedDB gave up a transaction'));
      work(transaction.objectStore(STORE));
    });
  }
}

function openDatabase(name: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(STORE, { keyPath: 'row' }).createIndex('owner', 'owner');
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('IndexedDB cannot be opened'));
  });
}

function bytesOf(rows: readonly Row[]): number {
  return rows.reduce((sum, { body }) => sum + body.length, 0);
}

/** JSON bodies all begin and end alike. */
function joinJson(bodies: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const [head, tail] = ['{"resourceSpans":[', ']}'];
  const decoder = new TextDecoder();
  const inner = bodies.map((body) => decoder.decode(body).slice(head.length, -tail.length));
  return new TextEncoder().encode(head + inner.filter((text) => text !== '').join(',') + tail);
}
