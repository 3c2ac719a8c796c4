import type { Repairs } from './repairs';
import { Row, type RowSource } from './row';

/** A row with the id of its parent, empty where it has none. */
export interface Seed {
  row: Row;
  parentId: string;
}

/** Puts rows below their parents, in the order of their starts, in time linear in their number. Gives parents before children. */
export function growTree(seeds: readonly Seed[], rows: Map<string, Row>, repairs: Repairs): Row[] {
  const given = keepOne(seeds, rows, repairs);
  const lost = new Map<string, Row>();
  for (const { row, parentId } of given) {
    if (!parentId) continue;
    row.parent = rows.get(`${parentId}:${row.traceId}`) ?? rows.get(parentId) ?? lostParent(lost, parentId, row);
  }
  cutCycles(given, repairs);
  for (const { row } of given) row.parent?.children.push(row);
  settleLost(lost, rows, repairs);
  const all = [...lost.values(), ...given.map(({ row }) => row)];
  const order = all.filter(({ parent }) => !parent);
  for (let index = 0; index < order.length; index++)
    for (const child of order[index]?.children ?? []) order.push(child);
  return order;
}

/** Of spans with one id the last that has an end, except where they are of different traces. */
function keepOne(seeds: readonly Seed[], rows: Map<string, Row>, repairs: Repairs): Seed[] {
  const kept = new Map<Row, Seed>();
  for (const [index, seed] of seeds.entries()) {
    let { row } = seed;
    if (!row.id) {
      repairs.count('without an id, shown all the same');
      row = renamed(row, `unnamed-${index}`);
    }
    const other = rows.get(row.id);
    if (other && other.traceId !== row.traceId) row = renamed(row, `${row.id}:${row.traceId}`);
    const twin = rows.get(row.id);
    if (twin) {
      repairs.count('received twice, shown once');
      if (row.endMs === undefined && twin.endMs !== undefined) continue;
      kept.delete(twin);
    }
    rows.set(row.id, row);
    kept.set(row, row === seed.row ? seed : { ...seed, row });
  }
  return [...kept.values()];
}

function renamed(row: Row, id: string): Row {
  const { traceId, kind, name, subject, startMs, source, endMs, error, own } = row;
  return Object.assign(new Row(id, traceId, kind, name, subject, startMs, source), { endMs, error, own });
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
function cutCycles(seeds: readonly Seed[], repairs: Repairs): void {
  const walks = new Map<Row, number>();
  for (const [walk, { row }] of seeds.entries()) {
    let at: Row | undefined = row;
    while (at && !walks.has(at)) {
      walks.set(at, walk);
      at = at.parent;
    }
    if (!at || walks.get(at) !== walk) continue;
    let first = at;
    for (let next = at.parent; next && next !== at; next = next.parent) if (next.startMs < first.startMs) first = next;
    first.parent = undefined;
    repairs.count('their own ancestors, shown as roots');
  }
}
