import { make, setFacts, setText } from './make-node';
import type { Labels } from './viewer-labels';
import type { RowFilter } from './whole/find-rows';

const FILTERS: readonly RowFilter[] = ['errors', 'model', 'tools', 'agents', 'slow'];
const PANELS = ['totals', 'compare', 'save', 'keys'] as const;

export type PanelName = (typeof PANELS)[number];

export interface ToolbarActions {
  /** The text searched for or the filter changed; undefined for none. */
  onNarrow(): void;
  /** Enter and Shift+Enter in the search field. */
  onHit(direction: 1 | -1): void;
  onFolds(): void;
  onPanel(name: PanelName): void;
  onOpen(): void;
  /** Escape in the search field. */
  onLeave(): void;
}

/** Search field, filters, and the buttons of the panels. */
export class Toolbar {
  readonly node: HTMLElement;
  readonly #input: HTMLInputElement;
  readonly #note = make('span', { class: 'note', role: 'status' });
  readonly #filters: readonly HTMLButtonElement[];
  readonly #panels: readonly HTMLButtonElement[];
  readonly #folds: HTMLButtonElement;
  #filter: RowFilter | undefined;

  constructor(labels: Labels, actions: ToolbarActions) {
    this.#input = make('input', { type: 'search', 'aria-label': labels.search, placeholder: labels.search });
    this.#input.addEventListener('input', () => actions.onNarrow());
    this.#input.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') actions.onHit(event.shiftKey ? -1 : 1);
      if (event.key !== 'Escape') return;
      event.preventDefault(); // it is heard: to a page around it Escape may mean more
      this.#input.value = '';
      actions.onNarrow();
      actions.onLeave();
    });
    const words: Readonly<Record<RowFilter, string>> = {
      errors: labels.filterErrors,
      model: labels.filterModel,
      tools: labels.filterTools,
      agents: labels.filterAgents,
      slow: labels.filterSlow,
    };
    this.#filters = FILTERS.map((name) => {
      const choose = () => {
        this.#filter = this.#filter === name ? undefined : name;
        for (const [index, chip] of this.#filters.entries())
          setFacts(chip, { 'aria-pressed': String(FILTERS[index] === this.#filter) });
        actions.onNarrow();
      };
      return make('button', { 'aria-pressed': 'false', click: choose }, words[name]);
    });
    this.#panels = PANELS.map((name) =>
      make('button', { 'aria-expanded': 'false', click: () => actions.onPanel(name) }, labels[name]),
    );
    this.#folds = make('button', { hidden: true, click: () => actions.onFolds() }, labels.foldIdle);
    const group = (label: string, nodes: readonly Node[]) =>
      make('span', { class: 'group', role: 'group', 'aria-label': label }, ...nodes);
    this.node = make(
      'div',
      { class: 'tools', part: 'toolbar' },
      this.#input,
      this.#note,
      group(labels.filters, [...this.#filters, this.#folds]),
      group(labels.panels, [...this.#panels, make('button', { click: () => actions.onOpen() }, labels.open)]),
    );
  }

  get filter(): RowFilter | undefined {
    return this.#filter;
  }

  get text(): string {
    return this.#input.value.trim();
  }

  focus(): void {
    this.#input.focus();
    this.#input.select();
  }

  note(text: string): void {
    setText(this.#note, text);
  }

  /** Which panel's button is down. */
  open(name: PanelName | undefined): void {
    for (const [index, button] of this.#panels.entries())
      setFacts(button, { 'aria-expanded': String(PANELS[index] === name) });
  }

  /** Whether idle time is folded; undefined where there is none. */
  folds(areFolded: boolean | undefined): void {
    setFacts(this.#folds, { hidden: areFolded === undefined, 'aria-pressed': String(areFolded === true) });
  }

  /** As it was before anything was searched for. */
  clear(): void {
    this.#input.value = '';
    this.#filter = undefined;
    for (const chip of this.#filters) setFacts(chip, { 'aria-pressed': 'false' });
    this.note('');
  }
}
