import type { DetailsOf } from './details-pane';
import { leadError } from './lead-error';
import { make, setFacts } from './make-node';
import type { narrowed } from './narrowed';
import { nextRow } from './open-rows';
import type { OtherRun, ShownRun } from './panel-options';
import { PanelPlace } from './panel-place';
import { RepairsList } from './repairs-list';
import { RunBand } from './run-band';
import { RunHeader } from './run-header';
import { RunTeller } from './run-teller';
import { runningRow } from './running-row';
import type { Stretch } from './time-scale';
import { type PanelName, Toolbar } from './toolbar';
import type { Prices, Trace, TraceRow } from './trace';
import { TreeGrid } from './tree-grid';
import { keysOf } from './viewer-keys';
import { fill, type Labels } from './viewer-labels';
import { visible } from './visible-text';

const REFRESH_MS = 200; // of what costs more than a frame should, while a run goes on
const NARROW_BELOW = 900; // pixels: the details stand below their row

export interface ViewerActions {
  /** Fetched with what reads files or events. */
  detailsOf: DetailsOf;
  /** Likewise; undefined until then. */
  narrowed(...given: Parameters<typeof narrowed>): ReturnType<typeof narrowed> | undefined;
  /** For a run that is compared. */
  prices: Prices;
  /** Where the page has it. */
  run(): ShownRun | undefined;
  /** A person wants to open a file. */
  onOpen(): void;
  /** Another row is shown. */
  onSelect(row: TraceRow): void;
  /** Offered on the steps of a run that has ended; absent where the page does not go on with runs. */
  onRewind: ((row: TraceRow, place: HTMLElement) => void) | undefined;
}

/** All that shows one trace: header, band, tools, tree and details. */
export class Viewer {
  readonly node: HTMLElement;
  readonly #labels: Labels;
  readonly #actions: ViewerActions;
  readonly #header: RunHeader;
  readonly #band: RunBand;
  readonly #toolbar: Toolbar;
  readonly #repairs: RepairsList;
  readonly #panel = new PanelPlace();
  readonly #tree: TreeGrid;
  readonly #panes: HTMLElement;
  readonly #details: HTMLElement;
  readonly #teller: RunTeller;
  readonly #resize: ResizeObserver;
  #trace: Trace | undefined;
  #shown: TraceRow | undefined;
  #detailsAtMs = 0;
  /** When what looks at every row was last done. */
  #wholeAtMs = 0;
  #hits: readonly TraceRow[] | undefined;
  #isRaw = false;
  /** Whether a person chose the selected row. */
  #isChosen = false;
  /** Where nothing was under way for long. */
  #gaps: readonly Stretch[] = [];
  #areFolded = false;

  constructor(labels: Labels, actions: ViewerActions) {
    this.#labels = labels;
    this.#actions = actions;
    this.#repairs = new RepairsList(labels);
    this.#teller = new RunTeller(labels);
    this.#band = new RunBand(labels, (gaps) => this.#showGaps(gaps));
    this.#header = new RunHeader(labels, () => this.#goToLead());
    this.#tree = new TreeGrid(labels, (row) => {
      this.#showDetails(row);
      this.#isChosen = true;
      actions.onSelect(row);
    });
    this.#toolbar = new Toolbar(labels, {
      onNarrow: () => this.#narrow(),
      onHit: (direction) => this.goToHit(direction),
      onFolds: () => this.toggleFolds(),
      onPanel: (name) => this.#togglePanel(name),
      onOpen: actions.onOpen,
      onLeave: () => this.#tree.focus(),
    });
    this.#details = make('div', { class: 'details', part: 'details', role: 'region', tabindex: 0 });
    this.#panes = make('div', { class: 'panes' }, this.#tree.node, this.#details);
    const parts = [
      this.#header.node,
      this.#band.node,
      this.#toolbar.node,
      this.#repairs.node,
      this.#panel.node,
      this.#panes,
      this.#teller.node,
    ];
    this.node = make('div', { class: 'viewer', part: 'viewer' }, ...parts);
    this.node.addEventListener('keydown', keysOf(this, this.#tree));
    this.#resize = new ResizeObserver(() => this.#fit());
    for (const part of [this.node, this.#tree.node, this.#details]) this.#resize.observe(part);
  }

  #fit(): void {
    const isNarrow = this.node.clientWidth < NARROW_BELOW;
    if (!isNarrow && this.#details.parentNode !== this.#panes) this.#panes.append(this.#details);
    this.node.classList.toggle('narrow', isNarrow);
    this.#tree.resize(isNarrow ? this.#details : undefined);
  }

  /** Shows a trace, a new one or what it has become. One that has ended opens on the error that tells most, else on its answer. */
  show(trace: Trace, { isNew }: { isNew: boolean }): void {
    this.#trace = trace;
    if (isNew) this.#begin(trace);
    this.#header.show(trace);
    this.#showWhole(trace);
    this.#repairs.show(trace.repairs);
    const row = this.#isChosen ? undefined : this.#choice(trace);
    this.#tree.show(trace, { isNew, row });
    if (!isNew) this.#teller.tell(trace);
    if (row && row !== this.#shown) this.#showDetails(row);
    else this.#refresh();
  }

  #begin(trace: Trace): void {
    this.#shown = undefined;
    this.#isChosen = false;
    this.#hits = undefined;
    this.#teller.begin(trace);
    this.#details.replaceChildren();
    this.#areFolded = false;
    this.#showGaps([]);
    this.#toolbar.clear();
    this.#openPanel(undefined);
    this.#tree.follow(trace.outcome === 'running');
  }

  /** Selects the row of this id. False where there is none. */
  select(id: string): boolean {
    const row = this.#trace?.rows.get(id);
    if (!row) return false;
    this.#isChosen = true;
    if (this.#shown === row) return true;
    return this.#reveal(row, false);
  }

  /** Goes to the next error after the selected row, or to the one before it; round the end. */
  goToError(direction: 1 | -1): void {
    this.#goTo(this.#trace?.errors ?? [], direction);
  }

  /** Where the header's button says; from an error to the next one. */
  #goToLead(): void {
    const lead = this.#trace && leadError(this.#trace);
    const isAtOne = this.#trace?.errors.some((row) => row === this.#shown);
    if (lead && !isAtOne) this.#reveal(lead, true);
    else this.goToError(1);
  }

  goToHit(direction: 1 | -1): void {
    this.#goTo(this.#hits ?? [], direction);
  }

  /** Shows how another run differs. */
  compare(other: OtherRun): void {
    this.#openPanel('compare', other);
  }

  focusSearch(): void {
    this.#toolbar.focus();
  }

  toggleRaw(): void {
    this.#isRaw = !this.#isRaw;
    this.redrawDetails();
  }

  /** What shows them has come, or shows them otherwise. */
  redrawDetails(): void {
    if (this.#shown) this.#showDetails(this.#shown);
  }

  toggleFolds(): void {
    this.#areFolded = !this.#areFolded;
    this.#showGaps(this.#gaps);
  }

  toggleKeys(): void {
    this.#togglePanel('keys');
  }

  #goTo(targets: readonly TraceRow[], direction: 1 | -1): void {
    const next = nextRow(this.#trace?.roots ?? [], targets, { from: this.#shown, direction });
    if (next) this.#reveal(next, true);
  }

  #reveal(row: TraceRow, focus: boolean): boolean {
    if (this.#tree.select(row, { focus })) {
      if (this.#shown !== row) this.#showDetails(row);
      if (focus && this.node.matches('.narrow')) this.#panes.scrollIntoView({ block: 'nearest' }); // a panel may be tall
      return true;
    }
    if (this.#hits === undefined) return false;
    this.#toolbar.clear(); // a filter hides it
    this.#narrow();
    return this.#reveal(row, focus);
  }

  /** What is shown while nobody has chosen: what runs, then the error that tells most, else the answer. */
  #choice(trace: Trace): TraceRow | undefined {
    const lead = leadError(trace);
    if (trace.outcome !== 'running') return lead && !lead.isKept ? lead : trace.roots[0];
    const isEarly = performance.now() - this.#detailsAtMs < REFRESH_MS;
    return this.#shown && isEarly ? this.#shown : runningRow(trace);
  }

  #showDetails(row: TraceRow): void {
    const { onRewind } = this.#actions;
    const canRewind = onRewind && this.#trace?.outcome !== 'running';
    const options = {
      labels: this.#labels,
      isRaw: this.#isRaw,
      onRewind: canRewind ? (step: TraceRow) => onRewind(step, this.#details) : undefined,
    };
    if (!this.#trace) return;
    const isSame = row === this.#shown;
    this.#shown = row;
    this.#detailsAtMs = performance.now();
    const name = fill(this.#labels.errorButton, this.#labels.details, visible(this.#trace.task.slice(0, 80)));
    setFacts(this.#details, { 'data-state': row.state, 'data-kind': row.kind, 'aria-label': name });
    this.#details.replaceChildren(...this.#actions.detailsOf(row, this.#trace, options));
    if (!isSame) this.#details.scrollTop = 0;
  }

  /** The details again, of a row that changes; not while somebody is in them. */
  #refresh(): void {
    const row = this.#shown;
    if (!row || this.#details.matches(':focus-within')) return;
    const wasRunning = this.#details.dataset.state === 'running';
    const isDue = row.state !== 'running' || performance.now() - this.#detailsAtMs >= REFRESH_MS;
    if (wasRunning && isDue) this.#showDetails(row);
  }

  /** Now and then only while the run goes on. */
  #showWhole(trace: Trace): void {
    const now = performance.now();
    if (trace.outcome === 'running' && now - this.#wholeAtMs < REFRESH_MS) return;
    this.#wholeAtMs = now;
    this.#band.show(trace);
    if (this.#hits) this.#narrow();
  }

  #showGaps(gaps: readonly Stretch[]): void {
    this.#gaps = gaps;
    this.#toolbar.folds(gaps.length > 0 ? this.#areFolded : undefined);
    this.#tree.fold(this.#areFolded ? gaps : []);
  }

  #narrow(): void {
    const { text, filter } = this.#toolbar;
    const trace = this.#trace;
    if (!trace) return;
    if (!text && !filter) {
      this.#hits = undefined;
      this.#toolbar.note('');
      this.#tree.keep(undefined, new Set());
      return;
    }
    const wish = { text, filter };
    const left = this.#actions.narrowed(trace, wish, { labels: this.#labels, onMore: () => this.#narrow() });
    if (!left) return;
    const { hits, kept, note } = left;
    this.#hits = hits;
    this.#toolbar.note(note);
    this.#tree.keep(kept, new Set(text ? hits : []));
    const { selected } = this.#tree; // another one where what was selected is not to be seen
    if (selected && selected !== this.#shown) this.#showDetails(selected);
  }

  #togglePanel(name: PanelName): void {
    this.#openPanel(name === this.#panel.name ? undefined : name);
  }

  #openPanel(name: PanelName | undefined, other?: OtherRun): void {
    this.#panel.close();
    this.#toolbar.open(name);
    const { prices, run } = this.#actions;
    const show = (row: TraceRow) => this.#reveal(row, true);
    const options = { labels: this.#labels, prices, other, run: run(), show };
    if (name && this.#trace) void this.#panel.open(name, this.#trace, options);
  }
}
