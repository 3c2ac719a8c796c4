import { forEachRow } from './for-each-row';
import type { Repairs } from './repairs';
import { Row, type RowSource } from './row';

/**
 * Puts rows below their parents, in time linear in their number. Gives parents before children, and puts into `rows` what
 * there is, by id. Yields wherever the rest may wait.
 */
export function* growTree(
  given: readonly Row[],
  rows: Map<string, Row>,
  repairs: Repairs,
): Generator<void, readonly Row[]> {
  let hasTwins = false; // two traces with one id: rare, and to look for them costs a text a row
  yield* forEachRow(given, (row) => {
    hasTwins = keep(row, rows, repairs) || hasTwins;
  });
  yield;
  const lost = new Map<string, Row>();
  const all = [...rows.values()];
  yield* forEachRow(all, (row) => {
    const { parentId } = row;
    if (!parentId) return;
    const twin = hasTwins ? rows.get(`${parentId}:${row.traceId}`) : undefined;
    row.parent = twin ?? rows.get(parentId) ?? lostParent(lost, parentId, row);
  });
  yield;
  cutCycles(all, repairs);
  yield;
  yield* forEachRow(all, (row) => row.parent?.children.push(row));
  settleLost(lost, rows, repairs);
  const order = [...lost.values(), ...all].filter(({ parent }) => !parent);
  yield;
  yield* forEachRow(order, ({ children }) => {
    for (const child of children) order.push(child); // and comes to it later
  });
  return order;
}

/** Of spans with one id the last that has an end; those of different traces are all kept, which is then true. */
function keep(row: Row, rows: Map<string, Row>, repairs: Repairs): boolean {
  if (!row.id) {
    repairs.count('without an id');
    row.id = `unnamed-${rows.size}`;
  }
  let twin = rows.get(row.id);
  const isTwin = twin !== undefined && twin.traceId !== row.traceId;
  if (isTwin) {
    row.id += `:${row.traceId}`;
    twin = rows.get(row.id);
  }
  if (twin) repairs.count('received twice, shown once');
  if (!twin || twin.endMs === undefined || row.endMs !== undefined) rows.set(row.id, row);
  return isTwin;
}

const NOTHING: RowSource = {
  said: () => ({}),
  messages: () => [],
  attributes: () => ({}),
  texts: () => [],
  raw: undefined,
};

function lostParent(lost: Map<string, Row>, id: string, { traceId, startMs }: Row): Row {
  const row =
    lost.get(id) ?? new Row(id, traceId, 'other', 'Parent not received', 'Parent not received', startMs, NOTHING);
  lost.set(id, row);
  return row;
}

/**
 * A lost parent is a row of its own, but for one that had a single agent below it: that was the app's own span, or one of
 * another process. Only runs have steps: a lost span with a step below it was one.
 */
function settleLost(lost: Map<string, Row>, rows: Map<string, Row>, repairs: Repairs): void {
  for (const [id, row] of lost) {
    const [child, ...others] = row.children;
    if (child?.kind === 'agent' && others.length === 0) {
      child.parent = undefined;
      lost.delete(id);
      repairs.count('below a parent that was not received, shown as a run');
      continue;
    }
    repairs.count('named as parent, but not received');
    if (row.children.some(({ kind }) => kind === 'step')) row.kind = 'agent';
    rows.set(id, row);
  }
}

/** A walk that comes back to where it was has found a cycle: its earliest row becomes a root. */
function cutCycles(rows: readonly Row[], repairs: Repairs): void {
  for (const [index, row] of rows.entries()) {
    const walk = index + 1;
    let at: Row | undefined = row;
    while (at && !at.walk) {
      at.walk = walk;
      at = at.parent;
    }
    if (at?.walk !== walk) continue;
    let first = at;
    for (let next = at.parent; next && next !== at; next = next.parent) if (next.startMs < first.startMs) first = next;
    first.parent = undefined;
    repairs.count('in a circle of parents, shown as a root');
  }
}
