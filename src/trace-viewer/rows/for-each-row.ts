const AT_ONCE = 2000; // rows between two yields: a few milliseconds

/** Does something for each row, in their order. Yields wherever the rest may wait. */
export function* forEachRow<Item>(rows: Iterable<Item>, act: (row: Item) => void): Generator<void, void> {
  let done = 0;
  for (const row of rows) {
    act(row);
    if (++done % AT_ONCE === 0) yield;
  }
}
