/** What the journal may keep on a visitor's disk. */
export interface JournalOptions {
  /** Name of the database; default `smolagents-web-traces`. Pages that send to different collectors need different ones. */
  name?: string;
  /** What is older is deleted unsent; default one day. */
  maxAgeMs?: number;
  /** Bytes of all rows at most; default 16 MiB. What ends beyond it is kept in memory alone. */
  maxBytes?: number;
}

/** A span that a page left behind. */
export interface RestoredRow {
  /** Its name in the journal. */
  row: string;
  /** The body of a request with it alone. */
  body: Uint8Array<ArrayBuffer>;
  isRoot: boolean;
  /** One body with the spans of all. */
  join(bodies: readonly Uint8Array[]): Uint8Array<ArrayBuffer>;
}
