import type { ObjectState } from './platform';

/** Texts by key, which an object keeps: rows of SQLite in a Durable Object. Writes are whole or not at all. */
export interface Rows {
  get(key: string): string | undefined;
  put(key: string, text: string): void;
  remove(key: string): void;
  /**
   * At most `most` entries whose key begins with `prefix` and comes after the key `after`, in the order of their keys; none
   * after the one with which they hold `characters`: those are not even read.
   */
  list(prefix: string, after: string, most: number, characters?: number): [key: string, text: string][];
  /** The last key, in their order, that begins with `prefix`. */
  last(prefix: string): string | undefined;
  /** Removes all; what is put later is kept as before. */
  clear(): Promise<void>;
}

/** UTF-16 units in one row: at three bytes each, the most that UTF-8 needs for them, a row is under 1 MB. */
const ROW_CHARACTERS = 300_000;
const LAST = '\uffff';
const DIGITS = 10; // so that keys are in the order of their numbers

/** The key of the row with that number, such as `log 0000000001`. */
export function numberedKey(prefix: string, number: number): string {
  return prefix + String(number).padStart(DIGITS, '0');
}

/** Rows of a Durable Object. The table is made at the first write: who asks for a run that never was leaves nothing behind. */
export function sqlRows(storage: ObjectState['storage']): Rows {
  const { sql } = storage;
  let isMade = false;
  const isThere = () => {
    isMade ||= sql.exec("SELECT name FROM sqlite_master WHERE name = 'texts'").toArray().length > 0;
    return isMade;
  };
  const read = (query: string, ...bindings: (string | number)[]) => {
    const texts = new Map<string, string>();
    if (!isThere()) return texts;
    for (const { key, text } of sql.exec(query, ...bindings).toArray())
      texts.set(String(key), (texts.get(String(key)) ?? '') + String(text));
    return texts;
  };
  const keysWithin = (characters: number, ...bindings: (string | number)[]) => {
    if (!isThere()) return 0;
    const query = `SELECT SUM(LENGTH(text)) AS length FROM texts WHERE key > ? AND key < ? GROUP BY key ORDER BY key LIMIT ?`;
    let held = 0;
    const lengths = sql
      .exec(query, ...bindings)
      .toArray()
      .map(({ length }) => Number(length));
    const last = lengths.findIndex((length) => {
      held += length;
      return held >= characters;
    });
    return last < 0 ? lengths.length : last + 1;
  };
  return {
    get: (key) => read('SELECT key, text FROM texts WHERE key = ? ORDER BY part', key).get(key),
    put: (key, text) => {
      if (!isThere())
        sql.exec('CREATE TABLE texts (key TEXT, part INTEGER, text TEXT, PRIMARY KEY (key, part)) WITHOUT ROWID');
      isMade = true;
      sql.exec('DELETE FROM texts WHERE key = ?', key);
      for (const [part, piece] of piecesOf(text).entries())
        sql.exec('INSERT INTO texts (key, part, text) VALUES (?, ?, ?)', key, part, piece);
    },
    remove: (key) => {
      if (isThere()) sql.exec('DELETE FROM texts WHERE key = ?', key);
    },
    list: (prefix, after, most, characters) => {
      const range = [after > prefix ? after : prefix, prefix + LAST] as const;
      const limit = characters === undefined ? most : keysWithin(characters, ...range, most);
      const query = `SELECT key, text FROM texts WHERE key IN
        (SELECT key FROM texts WHERE part = 0 AND key > ? AND key < ? ORDER BY key LIMIT ?) ORDER BY key, part`;
      return [...read(query, ...range, limit)];
    },
    last: (prefix) => {
      if (!isThere()) return undefined;
      const query = 'SELECT key FROM texts WHERE key > ? AND key < ? ORDER BY key DESC LIMIT 1';
      const [row] = sql.exec(query, prefix, prefix + LAST).toArray();
      return row && String(row.key);
    },
    clear: async () => {
      await storage.deleteAll();
      isMade = false; // the table went as well
    },
  };
}

/** Rows of an object that lives in the memory of this process. */
export function memoryRows(): Rows {
  const texts = new Map<string, string>();
  const keys: string[] = []; // in order
  return {
    get: (key) => texts.get(key),
    put: (key, text) => {
      if (!texts.has(key)) keys.splice(placeAfter(keys, key), 0, key);
      texts.set(key, text);
    },
    remove: (key) => {
      if (texts.delete(key)) keys.splice(placeAfter(keys, key) - 1, 1);
    },
    list: (prefix, after, most, characters = Number.POSITIVE_INFINITY) => {
      const entries: [string, string][] = [];
      let held = 0;
      for (let at = placeAfter(keys, after > prefix ? after : prefix); entries.length < most; at += 1) {
        const key = keys[at];
        if (!key?.startsWith(prefix) || held >= characters) break;
        const text = texts.get(key) ?? '';
        entries.push([key, text]);
        held += text.length;
      }
      return entries;
    },
    last: (prefix) => {
      const key = keys[placeAfter(keys, prefix + LAST) - 1];
      return key?.startsWith(prefix) ? key : undefined;
    },
    clear: async () => {
      texts.clear();
      keys.length = 0;
    },
  };
}

/** Where the first of the ordered `keys` stands that comes after `key`. */
function placeAfter(keys: readonly string[], key: string): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] ?? '') > key) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The text cut for rows, never between the halves of a surrogate pair, which alone are no UTF-8. */
function piecesOf(text: string): string[] {
  const pieces: string[] = [];
  for (let at = 0; at === 0 || at < text.length; ) {
    const end = at + ROW_CHARACTERS;
    const isSplit = end < text.length && /[\ud800-\udbff]/.test(text.charAt(end - 1));
    pieces.push(text.slice(at, isSplit ? end - 1 : end));
    at = isSplit ? end - 1 : end;
  }
  return pieces;
}
