import { seconds } from './figures';
import { make, setFacts, setText } from './make-node';
import { type Line, openLines } from './open-rows';
import { ROW_HEIGHT } from './row-view';
import { RowsInSight } from './rows-in-sight';
import { endOfScale, type Stretch, TimeScale } from './time-scale';
import type { Trace, TraceRow } from './trace';
import { TypeAhead } from './type-ahead';
import type { Labels } from './viewer-labels';

const OVERSCAN = 3; // rows beyond each edge
const HEAD_HEIGHT = ROW_HEIGHT + 1; // with its line

/** Tree and waterfall in one grid. Only the rows in sight have nodes. */
export class TreeGrid {
  /** What scrolls: the grid, and in narrow viewers the details below the selected row. */
  readonly node: HTMLElement;
  readonly grid: HTMLElement;
  readonly #scale = make('span', { role: 'columnheader', class: 'scale' });
  readonly #rows: RowsInSight;
  readonly #typed = new TypeAhead();
  readonly #closed = new Set<string>();
  readonly #onSelect: (row: TraceRow) => void;
  #trace: Trace | undefined;
  #lines: readonly Line[] = [];
  #kept: ReadonlySet<TraceRow> | undefined;
  #hits: ReadonlySet<TraceRow> = new Set();
  #active = 0;
  #height = 0;
  #top = 0;
  #below: HTMLElement | undefined;
  #room = 0;
  #zoom: Stretch | undefined;
  #folds: readonly Stretch[] = [];
  #isFollowing = false;

  constructor(labels: Labels, onSelect: (row: TraceRow) => void) {
    this.#rows = new RowsInSight(labels);
    this.#onSelect = onSelect;
    const header = (text: string, name = '') => make('span', { role: 'columnheader', class: name }, text);
    const titles = [header(labels.name), this.#scale, header(labels.time, 'number'), header(labels.tokens, 'number')];
    const head = make('div', { role: 'row', 'aria-rowindex': 1 }, ...titles);
    this.grid = make(
      'div',
      { role: 'treegrid', 'aria-label': labels.tree, 'aria-colcount': 4 },
      make('div', { role: 'rowgroup', class: 'head' }, head),
      this.#rows.node,
    );
    this.node = make('div', { class: 'tree', part: 'tree' }, this.grid);
    this.node.addEventListener('scroll', () => {
      const { scrollTop } = this.node;
      if (scrollTop < this.#top - 2) this.#isFollowing = false; // nothing moves while somebody reads
      if (scrollTop === this.#top) return;
      this.#top = scrollTop;
      this.#render();
    });
    this.#rows.node.addEventListener('click', (event) => this.#click(event));
    this.#rows.node.addEventListener('dblclick', () => this.#toggle());
  }

  get selected(): TraceRow | undefined {
    return this.#lines[this.#active]?.row;
  }

  /** Not that of a run which has ended: it is shown where it is read. */
  get isFollowing(): boolean {
    return this.#isFollowing && this.#trace?.outcome === 'running';
  }

  /** Shows a trace; what it has become since it was shown last, where it is not a new one. `row` becomes the selected one. */
  show(trace: Trace, { isNew, row }: { isNew: boolean; row: TraceRow | undefined }): void {
    if (isNew) {
      this.#closed.clear();
      this.#kept = undefined;
      this.#zoom = undefined;
      this.#folds = [];
      this.#active = 0;
      this.#scrollTo(0);
    }
    this.#trace = trace;
    this.#arrange(row);
    if (this.isFollowing) this.#scrollTo(Number.POSITIVE_INFINITY);
    else if (row) this.#bringIntoSight(this.#active);
    this.#render();
  }

  /** Only these rows and those above them; undefined for all. What is kept is opened. */
  keep(kept: ReadonlySet<TraceRow> | undefined, hits: ReadonlySet<TraceRow>): void {
    this.#kept = kept;
    this.#hits = hits;
    for (const row of kept ?? []) this.#closed.delete(row.id);
    this.#arrange();
    this.#render();
  }

  /** Selects a row, opens what it lies below and scrolls to it. False where it is not to be seen. */
  select(row: TraceRow, { focus = false } = {}): boolean {
    for (let at = row.parent; at; at = at.parent) {
      if (this.#closed.delete(at.id)) this.#arrange();
    }
    const index = this.#lines.findIndex((line) => line.row === row);
    if (index < 0) return false;
    this.#go(index, focus);
    return true;
  }

  /** Shows the new rows of a run under way as they come, until somebody scrolls. */
  follow(isFollowing: boolean): void {
    this.#isFollowing = isFollowing;
    if (isFollowing) this.#scrollTo(Number.POSITIVE_INFINITY);
    this.#render();
  }

  /** The waterfall shows the time of the selected row, or of the whole run. */
  zoom(to: 'row' | 'all'): void {
    const row = this.selected;
    const end = row?.endMs ?? this.#trace?.endMs ?? 0;
    const margin = row ? Math.max(1, (end - row.startMs) * 0.02) : 0;
    this.#zoom = to === 'row' && row ? { fromMs: row.startMs - margin, toMs: end + margin } : undefined;
    this.#render();
  }

  /** Shows these stretches of time as narrow lines; none for all to scale. */
  fold(stretches: readonly Stretch[]): void {
    if (stretches.length === 0 && this.#folds.length === 0) return;
    this.#folds = stretches;
    this.#render();
  }

  focus(): void {
    this.#render();
    this.#rows.nodeOf(this.#lines[this.#active])?.focus({ preventScroll: true });
  }

  /** Takes what size it has now. `below` is shown below the selected row, which keeps room for it. */
  resize(below: HTMLElement | undefined): void {
    const isMoved = below !== this.#below;
    if (below && isMoved) this.node.append(below);
    this.#below = below;
    this.#height = this.node.clientHeight;
    this.#room = below?.offsetHeight ?? 0;
    if (this.isFollowing)
      this.#scrollTo(Number.POSITIVE_INFINITY); // a taller tree is scrolled back by the page
    else if (isMoved) this.#bringIntoSight(this.#active);
    this.#render();
  }

  /** Keys of a treegrid. True where the key was one. */
  key(event: KeyboardEvent): boolean {
    const line = this.#lines[this.#active];
    const cell = event.composedPath()[0];
    const isCell = cell instanceof HTMLElement && cell.role === 'gridcell';
    const cellIndex = isCell ? [...(cell.parentElement?.children ?? [])].indexOf(cell) : -1;
    const page = Math.max(1, Math.floor(this.#height / ROW_HEIGHT) - 2);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page };
    const moves: Record<string, number> = { ...steps, Home: -1e9, End: 1e9 };
    const move = moves[event.key];
    if (!line) return false;
    if (cellIndex >= 0 && Math.abs(move ?? 0) === 1e9 && !event.ctrlKey) this.#focusCell(line, cellIndex + (move ?? 0));
    else if (move !== undefined) {
      this.#go(Math.max(0, Math.min(this.#lines.length - 1, this.#active + move)), true);
      if (cellIndex >= 0) this.#focusCell(this.#lines[this.#active], cellIndex);
    } else if (event.key === 'ArrowRight') this.#right(line, cellIndex);
    else if (event.key === 'ArrowLeft') this.#left(line, cellIndex);
    else if (event.key === 'Enter' || event.key === ' ') this.#toggle();
    else return false;
    return true;
  }

  /** Goes to the next row whose label begins with what was typed within a moment. */
  typeAhead(letter: string): void {
    const found = this.#typed.find(letter, this.#lines, this.#active);
    if (found >= 0) this.#go(found, true);
  }

  get isTyping(): boolean {
    return this.#typed.isTyping;
  }

  #right(line: Line, cellIndex: number): void {
    if (cellIndex < 0 && line.isOpen === false) this.#toggle();
    else this.#focusCell(line, cellIndex + 1);
  }

  /** The cell of this place, or the first or last one. */
  #focusCell(line: Line | undefined, place: number): void {
    const cells = [...(this.#rows.nodeOf(line)?.children ?? [])].filter(({ clientWidth }) => clientWidth > 0);
    const cell = cells[Math.max(0, Math.min(place, cells.length - 1))];
    if (cell instanceof HTMLElement) cell.focus({ preventScroll: true });
  }

  #left(line: Line, cellIndex: number): void {
    if (cellIndex > 0) this.#focusCell(line, cellIndex - 1);
    else if (cellIndex === 0) this.focus();
    else if (line.isOpen) this.#toggle();
    else if (line.row.parent) this.select(line.row.parent, { focus: true });
  }

  #toggle(): void {
    const line = this.#lines[this.#active];
    if (!line || line.isOpen === undefined) return;
    if (line.isOpen) this.#closed.add(line.row.id);
    else this.#closed.delete(line.row.id);
    this.#arrange();
    this.#render();
  }

  #click(event: MouseEvent): void {
    const target = event.target instanceof HTMLElement ? event.target : undefined;
    const id = target?.closest<HTMLElement>('[role=row]')?.dataset.id;
    const index = this.#lines.findIndex(({ row }) => row.id === id);
    if (index < 0) return;
    this.#go(index, true);
    if (target?.classList.contains('twisty')) this.#toggle();
  }

  #go(index: number, focus: boolean): void {
    const row = this.#lines[index]?.row;
    if (!row) return;
    const isNew = row !== this.selected || !focus;
    this.#active = index;
    this.#bringIntoSight(index);
    this.#render();
    if (focus) this.#rows.nodeOf(this.#lines[index])?.focus({ preventScroll: true });
    if (isNew) this.#onSelect(row);
  }

  /** In the upper third where details stand below it, so that they are in sight as well. */
  #bringIntoSight(index: number): void {
    const top = index * ROW_HEIGHT;
    const shown = Math.max(ROW_HEIGHT, (this.#heightInSight() - HEAD_HEIGHT) / (this.#below ? 3 : 1));
    if (top < this.#top) this.#scrollTo(top);
    else if (top + ROW_HEIGHT > this.#top + shown) this.#scrollTo(top + ROW_HEIGHT - shown);
  }

  /** Pixels from the top of the sheet. */
  #topOf(index: number): number {
    return index * ROW_HEIGHT + (index > this.#active ? this.#room : 0);
  }

  /** Place of the line at so many pixels. */
  #indexAt(top: number): number {
    const ofRoom = Math.max(0, Math.min(this.#room, top - (this.#active + 1) * ROW_HEIGHT));
    return Math.floor((top - ofRoom) / ROW_HEIGHT);
  }

  /** Keeps the place itself: to read it from the page has the page laid out at once. */
  #scrollTo(wanted: number): void {
    const most = this.#topOf(this.#lines.length) + HEAD_HEIGHT - this.#heightInSight();
    const top = Math.max(0, Math.min(wanted, most));
    if (top === this.#top) return;
    this.#top = top;
    this.#sizeSheet(); // nothing scrolls further than there is to be seen
    this.node.scrollTop = top;
  }

  #sizeSheet(): void {
    this.#rows.node.style.blockSize = `${this.#topOf(this.#lines.length)}px`;
  }

  #heightInSight(): number {
    if (this.#height === 0) this.#height = this.node.clientHeight;
    return this.#height;
  }

  /** Finds the lines anew; the active row stays the active one, or the one above it that is still there. */
  #arrange(active = this.selected): void {
    this.#lines = openLines(this.#trace?.roots ?? [], this.#closed, this.#kept);
    const placeOf = (wanted: TraceRow) => this.#lines.findIndex(({ row }) => row === wanted);
    this.#active = 0;
    for (let at = active, place = -1; at && place < 0; at = at.parent) {
      place = placeOf(at);
      this.#active = Math.max(0, place);
    }
    setFacts(this.grid, { 'aria-rowcount': this.#lines.length + 1 });
  }

  #render(): void {
    const trace = this.#trace;
    if (!trace) return;
    const bottom = this.#top + this.#heightInSight();
    const scale = new TimeScale(this.#zoom ?? { fromMs: trace.startMs, toMs: endOfScale(trace) }, this.#folds);
    setText(this.#scale, `${seconds(scale.fromMs - trace.startMs)} – ${seconds(scale.toMs - trace.startMs)}`);
    const lines = scale.folds.map(([at, to]) => `transparent ${at}%,var(--line) ${at}% ${to}%,transparent ${to}%`);
    this.node.style.setProperty('--folds', lines.length > 0 ? `linear-gradient(to right,${lines})` : 'none');
    const first = Math.max(0, this.#indexAt(this.#top) - OVERSCAN);
    const last = Math.min(this.#lines.length, this.#indexAt(bottom) + 1 + OVERSCAN);
    this.#sizeSheet();
    if (this.#below) this.#below.style.top = `${HEAD_HEIGHT + this.#topOf(this.#active) + ROW_HEIGHT}px`;
    this.#rows.show(this.#lines, { first, last, active: this.#active }, ({ row }, index) => ({
      index,
      top: this.#topOf(index),
      scale,
      nowMs: trace.endMs,
      isActive: index === this.#active,
      isHit: this.#hits.has(row),
    }));
  }
}
