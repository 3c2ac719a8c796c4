import type { AgentTrace } from 'smolagents-web/trace-viewer';
import type { Going } from './local-runs';
import { element, part } from './parts';

/** A run in a tab of its own. */
export interface View {
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
}

/** What a run is, in bold, and more on it. */
export type Note = readonly [what: string, more: string];

/** The runs that were shown since the page was opened, each kept beside the others. */
export class Views {
  readonly #tabs = part('runs', HTMLDivElement);
  readonly #place = part('views', HTMLDivElement);
  readonly #views: View[] = [];
  #current: View | undefined;
  /** Told of a tab that comes to the front. */
  onShow: (view: View) => void = () => {};
  /** Told of a new one before it is shown. */
  onAdd: (view: View) => void = () => {};

  /** Told when it is known which run of the server one shows. */
  onAddress: (view: View) => void = () => {};
  /** Told of a tab that a person chose. */
  onChoose: (view: View) => void = () => {};

  constructor() {
    this.#tabs.addEventListener('keydown', (event) => this.#move(event));
  }

  get all(): readonly View[] {
    return this.#views;
  }

  get current(): View | undefined {
    return this.#current;
  }

  /** A new tab in front. */
  add(title: string, note: Note, { isRecording = false, address }: Partial<View> = {}): View {
    const number = this.#views.length + 1;
    const viewer = document.createElement('agent-trace') as AgentTrace;
    const [tabId, panelId] = [`tab-${number}`, `panel-${number}`];
    const panel = element('div', { role: 'tabpanel', id: panelId, 'aria-labelledby': tabId }, viewer);
    const tab = element('button', { type: 'button', role: 'tab', id: tabId, 'aria-controls': panelId }, title);
    const view: View = { title, viewer, tab, panel, going: undefined, isRecording, address };
    tell(view, note);
    this.onAdd(view);
    tab.addEventListener('click', () => this.#choose(view));
    this.#views.push(view);
    this.#tabs.append(tab);
    this.#place.append(panel);
    this.show(view);
    return view;
  }

  show(view: View): void {
    this.#current = view;
    for (const each of this.#views) {
      const isShown = each === view;
      each.panel.hidden = !isShown;
      each.tab.setAttribute('aria-selected', String(isShown));
      each.tab.tabIndex = isShown ? 0 : -1;
    }
    this.onShow(view);
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

/** Says above a run, and beside each of its steps, what it is. */
function tell({ panel, viewer, isRecording }: View, [what, more]: Note): void {
  panel.querySelector('.note')?.remove();
  panel.prepend(element('p', { class: 'note' }, element('strong', {}, what), ` ${more}`));
  viewer.classList.toggle('recorded', isRecording);
}
