import { AgentError } from '../../errors';
import { succinctStep } from '../../memory/succinct-step';
import { abortable } from '../../web/abortable';
import type { Clock } from '../../web/clock';
import type { LogRecord } from '../agent';
import { describeError } from '../runs/context';
import { isSameRun, type LogEntry, type LogFact, type RunLog } from './log-entry';

export const KEPT_STEPS = 20; // snapshots of a run; earlier ones are dropped
export const KEPT_BYTES = 64 * 1024 * 1024; // of all of them, gzipped

export interface KeptLogOptions {
  /** Entries that are there already. */
  past?: readonly LogEntry[];
  /** What `RunOptions.log` is. */
  sink: ((entry: LogRecord) => void | Promise<void>) | undefined;
  /** Whether `sink` is yet to be given the past entries. */
  sendPast?: boolean;
  clock: Clock;
  signal: AbortSignal;
  /** Ends the run, since what cannot be written must not be done. */
  abort(reason: unknown): void;
}

/** What all runs of one tree share. */
interface Book extends KeptLogOptions {
  entries: LogEntry[];
  /** By its result: what a managed agent's call wrote, for a fork inside it. No run that goes on looks there. */
  done: Map<LogEntry, readonly LogEntry[]>;
  /** Whether a managed agent has written: else no entry need be looked for. */
  hasNested: boolean;
  /** Settled when all that was given to `sink` is written. */
  written: Promise<void>;
}

/** The log of one run, and of the managed agents below it. Kept for forks; the snapshots of the last steps only. */
export class KeptLog implements RunLog {
  readonly within: readonly string[];
  readonly #book: Book;

  constructor(options: KeptLogOptions, within: readonly string[] = [], book?: Book) {
    this.within = within;
    this.#book = book ?? { entries: [], done: new Map(), hasNested: false, written: Promise.resolve(), ...options };
    if (book) return;
    for (const entry of options.past ?? []) {
      this.#keep(entry);
      if (options.sendPast) this.#send(entry)?.catch(() => {}); // the first that is written anew hears of it
    }
  }

  get entries(): readonly LogEntry[] {
    return this.#book.entries;
  }

  get whole(): readonly LogEntry[] {
    return this.entries.flatMap((entry) => this.#withDone(entry));
  }

  below(callId: string): KeptLog {
    return new KeptLog(this.#book, [...this.within, callId], this.#book);
  }

  write(fact: LogFact): Promise<void> | undefined {
    const entry: LogEntry = { within: this.within, ...fact };
    this.#keep(entry);
    if ('snapshot' in entry) this.#dropOldSnapshots();
    return this.#send(entry);
  }

  #keep(entry: LogEntry): void {
    if (entry.type === 'result' && this.#book.hasNested) this.#putAway(entry, [...entry.within, entry.call.id]);
    if (entry.within.length > 0) this.#book.hasNested = true;
    this.#book.entries.push(entry);
  }

  #send(entry: LogEntry): Promise<void> | undefined {
    const { sink, clock, signal, abort } = this.#book;
    if (!sink) return undefined;
    const writing = this.#book.written.then(async () => {
      const release = clock.hold?.(); // storage takes real time
      try {
        const { entryToJson } = await import('./log-json'); // only who keeps a log pays
        await sink(await entryToJson(entry));
      } catch (cause) {
        const error = new AgentError(`The log of the run could not be written: ${describeError(cause)}`, { cause });
        abort(error);
        throw error;
      } finally {
        release?.();
      }
    });
    this.#book.written = writing;
    writing.catch(() => {}); // who writes hears of it, and the run is ended
    return abortable(writing, signal);
  }

  /** The next call of that id must not find what this one did; of its code a fork has no snapshots, and runs it again. */
  #putAway(result: LogEntry, ids: readonly string[]): void {
    const book = this.#book;
    const isBelow = ({ within }: LogEntry) => ids.every((id, depth) => within[depth] === id);
    if (!book.entries.some(isBelow)) return;
    book.done.set(
      result,
      book.entries.filter(isBelow).flatMap((entry) => this.#withDone(lightened(entry))),
    );
    book.entries = book.entries.filter((entry) => !isBelow(entry));
  }

  #withDone(entry: LogEntry): readonly LogEntry[] {
    return [...(this.#book.done.get(entry) ?? []), entry];
  }

  #dropOldSnapshots(): void {
    const kept = this.#book.entries.filter(keepsSnapshot).filter(({ within }) => isSameRun(within, this.within));
    const last = kept.at(-1);
    const needed = kept.filter((entry) => entry === last || entry.type !== 'waiting'); // of earlier waits nothing goes on
    for (const entry of kept) if (!needed.slice(-KEPT_STEPS).includes(entry)) drop(entry);
    void this.#dropHeavySnapshots(needed.slice(-KEPT_STEPS));
  }

  async #dropHeavySnapshots(kept: readonly SnapshotKeeper[]): Promise<void> {
    const sizes = await Promise.all(
      kept.map(async ({ snapshot }) => (snapshot === 'lost' ? 0 : ((await snapshot)?.length ?? 0))),
    );
    let room = KEPT_BYTES;
    for (let index = kept.length - 1; index >= 0; index--) {
      room -= sizes[index] ?? 0;
      const entry = kept[index];
      if (entry && room < 0) drop(entry);
    }
  }
}

type SnapshotKeeper = Extract<LogEntry, { type: 'step' | 'begin' | 'waiting' }>;

function keepsSnapshot(entry: LogEntry): entry is SnapshotKeeper {
  const mayKeep = entry.type === 'step' || entry.type === 'begin' || entry.type === 'waiting';
  return mayKeep && entry.snapshot !== undefined && entry.snapshot !== 'lost';
}

/** Without what only a run that goes on needs. */
function lightened(entry: LogEntry): LogEntry {
  if (entry.type === 'step')
    return { ...entry, step: succinctStep(entry.step), ...(entry.snapshot && { snapshot: 'lost' }) };
  if (entry.type === 'plan') return { ...entry, step: succinctStep(entry.step) };
  if (!keepsSnapshot(entry)) return entry;
  const light = { ...entry };
  drop(light);
  return light;
}

/** A step that waited is then made again from what was before it. */
function drop(entry: SnapshotKeeper): void {
  if (entry.type === 'waiting') delete entry.snapshot;
  else entry.snapshot = 'lost';
}
