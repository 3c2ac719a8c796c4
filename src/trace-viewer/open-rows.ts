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

/** These rows, and all that they lie below. */
export function withAncestors(rows: Iterable<TraceRow>): Set<TraceRow> {
  const kept = new Set<TraceRow>();
  for (const row of rows) {
    for (let at: TraceRow | undefined = row; at && !kept.has(at); at = at.parent) kept.add(at);
  }
  return kept;
}
