import { MarkdownWriter } from './markdown-writer';

const MAX_CELL_CHARACTERS = 300;

/**
 * One table under way, written row by row. A row of short cells of one line each is a row of a Markdown table; in any
 * other the table only serves the layout, and its cells are blocks.
 */
export class MarkdownTable {
  /** Where text goes now; undefined between cells. */
  cell: MarkdownWriter | undefined;
  #row: string[] = [];
  #rows = 0;

  openCell(): void {
    this.closeCell();
    this.cell = new MarkdownWriter();
  }

  closeCell(): void {
    if (!this.cell) return;
    this.cell.end();
    this.#row.push(this.cell.slice());
    this.cell = undefined;
  }

  /** Writes the row under way, if it holds text, to the writer around the table. */
  writeRow(target: MarkdownWriter): void {
    const row = this.#row;
    this.#row = [];
    if (row.every((cell) => cell === '')) return;
    const isPlain = row.every((cell) => !cell.includes('\n') && cell.length <= MAX_CELL_CHARACTERS);
    if (!isPlain || (row.length === 1 && this.#rows === 0)) {
      for (const cell of row) if (cell !== '') target.verbatim(cell);
      return;
    }
    target.line(`| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`);
    if (this.#rows++ === 0) target.line(`|${' --- |'.repeat(row.length)}`);
  }
}
