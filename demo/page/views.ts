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
  /** Its id in the server, where it is a run of that. */
  runId: string | undefined;
}

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
  onRunId: (view: View) => void = () => {};

  constructor() {
    this.#tabs.addEventListener('keydown', (event) => this.#move(event));
  }

  get all(): readonly View[] {
    return this.#views;
  }

  get first(): View | undefined {
    return this.#views[0];
  }

  get current(): View | undefined {
    return this.#current;
  }

  /** A new tab in front. `note` says in bold what the run is, and then more. */
  add(title: string, [what, more]: readonly [what: string, more: string]): View {
    const number = this.#views.length + 1;
    const viewer = document.createElement('agent-trace') as AgentTrace;
    const note = element('p', { class: 'note' }, element('strong', {}, what), ` ${more}`);
    const [tabId, panelId] = [`tab-${number}`, `panel-${number}`];
    const panel = element('div', { role: 'tabpanel', id: panelId, 'aria-labelledby': tabId }, note, viewer);
    const tab = element('button', { type: 'button', role: 'tab', id: tabId, 'aria-controls': panelId }, title);
    const view: View = { title, viewer, tab, panel, going: undefined, isRecording: false, runId: undefined };
    this.onAdd(view);
    tab.addEventListener('click', () => this.show(view));
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

  #move(event: KeyboardEvent): void {
    const places: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowLeft: -1 };
    const by = places[event.key];
    if (by === undefined || !this.#current) return;
    const count = this.#views.length;
    const next = this.#views[(this.#views.indexOf(this.#current) + by + count) % count];
    if (!next) return;
    this.show(next);
    next.tab.focus();
  }
}
