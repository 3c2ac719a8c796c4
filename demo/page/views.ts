import { type AgentTrace, visible } from 'smolagents-web/trace-viewer';
import type { Branch } from './deep-link';
import type { Going } from './local-runs';
import { element, part } from './parts';

const MAX_TITLE = 48; // characters of a tab

/** A run in a tab of its own. */
export interface View {
  /** Told apart by it in this visit's history; none is given twice. */
  readonly number: number;
  /** No other open tab has it. */
  readonly title: string;
  readonly viewer: AgentTrace;
  readonly tab: HTMLButtonElement;
  readonly panel: HTMLElement;
  /** What the run can be gone on with; absent for a file. */
  going: Going | undefined;
  /** Whether its words come from a recording. */
  isRecording: boolean;
  /** What leads back to it in an address, such as `{ run: ID }`; absent for one that only this visit knows. */
  address: Readonly<Record<string, string>> | undefined;
  /** Of a branch of a run of the server. */
  branch: Branch | undefined;
}

/** What a run is, in bold, and more on it. */
export type Note = readonly [what: string, more: string];

/** The runs on show, each kept beside the others until it is closed. */
export class Views {
  readonly #tabs = part('runs', HTMLDivElement);
  readonly #place = part('views', HTMLDivElement);
  readonly #views: View[] = [];
  #current: View | undefined;
  #added = 0;
  /** Told of a tab that comes to the front. */
  onShow: (view: View) => void = () => {};
  /** Told of a new one before it is shown. */
  onAdd: (view: View) => void = () => {};

  /** Told when it is known which run of the server one shows. */
  onAddress: (view: View) => void = () => {};
  /** Told of a tab that a person chose. */
  onChoose: (view: View) => void = () => {};
  /** Told that a person wants the tab in front closed. */
  onDelete: () => void = () => {};

  constructor() {
    this.#tabs.addEventListener('keydown', (event) => {
      if (event.key === 'Delete') this.onDelete();
      else this.#move(event);
    });
  }

  get all(): readonly View[] {
    return this.#views;
  }

  get current(): View | undefined {
    return this.#current;
  }

  /** A new tab in front. */
  add(fullTitle: string, note: Note, { isRecording = false, address, branch }: Partial<View> = {}): View {
    this.#added += 1;
    const title = visible(fullTitle);
    const number = this.#added;
    const viewer = document.createElement('agent-trace') as AgentTrace;
    const [tabId, panelId] = [`tab-${number}`, `panel-${number}`];
    const panel = element('div', { role: 'tabpanel', id: panelId, 'aria-labelledby': tabId }, viewer);
    const facts = { type: 'button', role: 'tab', id: tabId, 'aria-controls': panelId, title };
    const name = this.#free(shortened(title, MAX_TITLE));
    const tab = element('button', { ...facts, 'aria-keyshortcuts': 'Delete' }, name);
    const view: View = { number, title: name, viewer, tab, panel, going: undefined, isRecording, address, branch };
    tell(view, note);
    this.onAdd(view);
    tab.addEventListener('click', () => this.#choose(view));
    this.#views.push(view);
    this.#tabs.append(tab);
    this.#place.append(panel);
    this.show(view);
    return view;
  }

  /** The focus goes with it from the tabs, and from a panel that is hidden now. */
  show(view: View): void {
    this.#current = view;
    const focused = document.activeElement;
    for (const each of this.#views) {
      const isShown = each === view;
      each.panel.hidden = !isShown;
      each.tab.setAttribute('aria-selected', String(isShown));
      each.tab.tabIndex = isShown ? 0 : -1;
    }
    if (this.#tabs.contains(focused) || focused?.checkVisibility() === false) view.tab.focus();
    this.onShow(view);
  }

  /** Takes one of several off the page. Its neighbour comes to the front, and gets the focus. */
  close(view: View): void {
    const index = this.#views.indexOf(view);
    const next = this.#views[index + 1] ?? this.#views[index - 1];
    if (index < 0 || !next) return;
    this.#views.splice(index, 1);
    view.tab.remove();
    view.panel.remove();
    this.#choose(next);
    next.tab.focus();
  }

  /** The title, with a number where an open tab has it already. */
  #free(title: string): string {
    const isTaken = (name: string) => this.#views.some((view) => view.title === name);
    let name = title;
    for (let number = 2; isTaken(name); number += 1) name = `${title} (${number})`;
    return name;
  }

  #choose(view: View): void {
    this.show(view);
    this.onChoose(view);
  }

  #move(event: KeyboardEvent): void {
    const places: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowLeft: -1 };
    const by = places[event.key];
    if (by === undefined || !this.#current) return;
    const count = this.#views.length;
    const next = this.#views[(this.#views.indexOf(this.#current) + by + count) % count];
    if (!next) return;
    this.#choose(next);
    next.tab.focus();
  }
}

export function shortened(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** Says above a run, and beside each of its steps, what it is. */
function tell({ panel, viewer, isRecording }: View, [what, more]: Note): void {
  panel.querySelector('.note')?.remove();
  panel.prepend(element('p', { class: 'note' }, element('strong', {}, what), ` ${visible(more)}`));
  viewer.classList.toggle('recorded', isRecording);
}
