import * as z from 'zod';
import type { LogRecord } from '../../agents/agent';
import { KEPT_BYTES, KEPT_STEPS } from '../../agents/saved/kept-log';
import { toBase64 } from '../../web/base64-text';
import { numberedKey, type Rows } from '../rows';

const BASE64_CHARACTERS = 4 / 3; // of a byte
const ENTRY = 'log ';
const SNAPSHOT = 'snapshot ';

const keptEntry = z.looseObject({
  type: z.string(),
  within: z.array(z.string()),
  number: z.number().optional(),
  call: z.looseObject({ id: z.string(), name: z.string() }).optional(),
});
const written = z.object({ entry: keptEntry, hasSnapshot: z.boolean() });

/** An entry of the log, as JSON; a snapshot is base64, or `lost`. */
export type KeptEntry = z.infer<typeof keptEntry>;

interface KeptSnapshot {
  number: number;
  within: readonly string[];
  characters: number;
}

/** The log of a run in rows, as `agent.resume` takes it. Snapshots, gzipped by the core, lie in rows of their own, in base64. */
export class LogRows {
  readonly #rows: Rows;
  #length = 0;
  /** Those in rows. */
  #snapshots: KeptSnapshot[] = [];

  constructor(rows: Rows) {
    this.#rows = rows;
  }

  /** All entries. Called before the first `append` where there may be some. */
  read(): KeptEntry[] {
    this.#length = 0;
    this.#snapshots = [];
    const entries: KeptEntry[] = [];
    for (;;) {
      const [row] = this.#rows.list(ENTRY, numberedKey(ENTRY, this.#length), 1);
      if (!row) return entries;
      this.#length += 1;
      const { entry, hasSnapshot } = written.parse(JSON.parse(row[1]));
      if (!hasSnapshot) {
        entries.push(entry);
        continue;
      }
      const snapshot = this.#rows.get(numberedKey(SNAPSHOT, this.#length));
      if (snapshot !== undefined)
        this.#snapshots.push({ number: this.#length, within: entry.within, characters: snapshot.length });
      entries.push({ ...entry, snapshot: snapshot ?? 'lost' });
    }
  }

  append(record: LogRecord): void {
    const { snapshot, ...rest } = record;
    const hasSnapshot = snapshot !== undefined && snapshot !== 'lost';
    const entry = keptEntry.parse(hasSnapshot ? rest : record);
    const { within, type, call } = entry;
    this.#length += 1;
    if (hasSnapshot) {
      const text = toBase64(snapshot);
      this.#rows.put(numberedKey(SNAPSHOT, this.#length), text);
      this.#snapshots.push({ number: this.#length, within, characters: text.length });
      this.#dropOld(within);
    }
    this.#rows.put(numberedKey(ENTRY, this.#length), JSON.stringify({ entry, hasSnapshot }));
    // what a managed agent did is of no use once its caller has its report
    if (type === 'result' && call)
      this.#drop(this.#snapshots.filter((kept) => isWithin(kept.within, [...within, call.id])));
  }

  /** Of each run the newest are kept, as many as the core itself keeps for forks. */
  #dropOld(within: readonly string[]): void {
    const same = this.#snapshots.filter((kept) => isWithin(kept.within, within) && isWithin(within, kept.within));
    let room = KEPT_BYTES * BASE64_CHARACTERS;
    const old = same.reverse().filter(({ characters }, age) => {
      room -= characters;
      return age >= KEPT_STEPS || room < 0;
    });
    this.#drop(old);
  }

  #drop(dropped: readonly { number: number }[]): void {
    for (const { number } of dropped) this.#rows.remove(numberedKey(SNAPSHOT, number));
    this.#snapshots = this.#snapshots.filter((kept) => !dropped.includes(kept));
  }
}

function isWithin(inner: readonly string[], outer: readonly string[]): boolean {
  return outer.every((id, depth) => inner[depth] === id);
}
