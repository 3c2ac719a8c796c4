import type { Trace, TraceRow } from '../../src/trace-viewer/trace';

/** Rows as lines, indented by their depth: kind and label, and the state where it is not `done`. */
export function outline({ roots }: Pick<Trace, 'roots'>): string[] {
  const lines: string[] = [];
  const add = (row: TraceRow, depth: number) => {
    const state = row.state === 'done' ? '' : `${row.state} `;
    lines.push(`${'  '.repeat(depth)}${state}${row.kind} ${row.label}`);
    for (const child of row.children) add(child, depth + 1);
  };
  for (const root of roots) add(root, 0);
  return lines;
}
