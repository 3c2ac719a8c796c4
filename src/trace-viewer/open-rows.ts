import type { TraceRow } from './trace';

/** One line of the grid: a row, and where it stands among its siblings. */
export interface Line {
  row: TraceRow;
  /** From 1. */
  level: number;
  /** Place among the siblings that are shown, from 1, of how many. */
  place: number;
  siblings: number;
  /** Undefined where nothing is below it. */
  isOpen: boolean | undefined;
}

/** The lines that are to be seen, in reading order: all rows but those below a closed one; with `kept`, of these rows only. */
export function openLines(
  roots: readonly TraceRow[],
  closed: ReadonlySet<string>,
  kept: ReadonlySet<TraceRow> | undefined,
): Line[] {
  const lines: Line[] = [];
  const stack: Line[] = [];
  const push = (rows: readonly TraceRow[], level: number) => {
    const shown = kept ? rows.filter((row) => kept.has(row)) : rows;
    for (let index = shown.length - 1; index >= 0; index--) {
      const row = shown[index];
      if (!row) continue;
      const isOpen = row.children.length > 0 ? !closed.has(row.id) : undefined;
      stack.push({ row, level, place: index + 1, siblings: shown.length, isOpen });
    }
  };
  push(roots, 1);
  for (let line = stack.pop(); line; line = stack.pop()) {
    lines.push(line);
    if (line.isOpen) push(line.row.children, line.level + 1);
  }
  return lines;
}

/** The next of these rows after one, or the one before it, in reading order and round the end. */
export function nextRow(
  roots: readonly TraceRow[],
  targets: readonly TraceRow[],
  { from, direction }: { from: TraceRow | undefined; direction: 1 | -1 },
): TraceRow | undefined {
  const wanted = new Set(targets);
  const order = openLines(roots, new Set(), undefined).map(({ row }) => row);
  const here = from ? order.indexOf(from) : -1;
  const after = [...order.slice(here + 1), ...order.slice(0, here + 1)].filter((row) => wanted.has(row));
  const before = after.filter((row) => row !== from);
  return direction > 0 ? after[0] : (before.at(-1) ?? after[0]);
}
