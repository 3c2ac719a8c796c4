import { make } from './make-node';
import type { Line } from './open-rows';
import { type Look, RowView } from './row-view';
import type { Labels } from './viewer-labels';

/** The sheet of the grid: nodes for the rows in sight, and for the active row wherever it is, since it may have the focus. */
export class RowsInSight {
  readonly node = make('div', { role: 'rowgroup', class: 'sheet' });
  readonly #views = new Map<string, RowView>();
  readonly #labels: Labels;

  constructor(labels: Labels) {
    this.#labels = labels;
  }

  /** Of a row that is shown. */
  nodeOf(line: Line | undefined): HTMLElement | undefined {
    return line && this.#views.get(line.row.id)?.node;
  }

  /** Shows the lines from `first` up to `last`, and the active one. */
  show(
    lines: readonly Line[],
    { first, last, active }: { first: number; last: number; active: number },
    lookOf: (line: Line, index: number) => Look,
  ): void {
    const shown = new Map<string, [Line, number]>();
    const add = (index: number) => {
      const line = lines[index];
      if (line) shown.set(line.row.id, [line, index]);
    };
    if (active < first) add(active);
    for (let index = first; index < last; index++) add(index);
    if (active >= last) add(active);
    for (const [id, view] of this.#views) {
      if (shown.has(id)) continue;
      view.node.remove();
      this.#views.delete(id);
    }
    let cursor = this.node.firstChild;
    for (const [id, [line, index]] of shown) {
      const view = this.#views.get(id) ?? new RowView(this.#labels);
      this.#views.set(id, view);
      view.show(line, lookOf(line, index));
      if (view.node === cursor) cursor = cursor.nextSibling;
      else this.node.insertBefore(view.node, cursor);
    }
  }
}
