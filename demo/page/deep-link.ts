import type { View, Views } from './views';

/** An address may hold anything: what is no id is not asked for. */
const ID = /^[\w-]{1,100}$/;
/** What leads to a run: one of the server, a trace of the server, or one of the recordings. */
const KINDS = ['run', 'trace', 'recording'] as const;

/** A place in the history of this visit. */
interface Place {
  /** When the page was opened: runs that it only remembers are gone after it was loaded again. */
  opened: number;
  /** `number` of a view. */
  tab: number;
}

const STEP = /^[1-9]\d{0,3}$/;

export interface Address {
  kind: (typeof KINDS)[number];
  id: string;
  /** Of a run that is a branch: the run before, and the step from which it is its own. */
  branch?: Branch | undefined;
}

/** The run that one is a branch of, and the number of its first own step. */
export interface Branch {
  of: string;
  step: string;
}

/** Keeps the shown run and span in the address, and goes back to them: `#run=ID&span=ID`, also `trace` and `recording`, and `&of=ID&step=2` of a branch. */
export class DeepLink {
  readonly #views: Views;
  readonly #open: (address: Address | undefined, span: string | null) => void;
  #isGoing = false;

  /** `open` adds the run of an address and shows it with the span, where it is not open; without one, what a first visit shows. */
  constructor(views: Views, open: (address: Address | undefined, span: string | null) => void) {
    this.#views = views;
    this.#open = open;
    addEventListener('popstate', ({ state }) => this.#go(state));
  }

  /** Shows what the address names. */
  openAddress(): void {
    this.#go(history.state);
  }

  /** A run, or a row of it, was chosen by a person. */
  keep(view: View): void {
    if (this.#isGoing || view !== this.#views.current) return;
    const span = view.viewer.getAttribute('span');
    const parts = new URLSearchParams({ ...view.address, ...(span !== null && { span }) });
    if (location.hash.slice(1) === `${parts}` && this.#viewOf(history.state) === view) return;
    const place: Place = { opened: performance.timeOrigin, tab: view.number };
    history.pushState(place, '', `${location.pathname}${location.search}#${parts}`);
  }

  #go(state: unknown): void {
    const { address, span } = readAddress();
    const view = this.#viewOf(state);
    this.#isGoing = true; // what is selected now is in the address already
    if (view) this.#views.show(view);
    if (view && span !== null) view.viewer.setAttribute('span', span);
    if (!view) this.#open(address, span);
    this.#isGoing = false;
  }

  /** One that was closed since is looked for by its address. Where no run is named, the one of a first visit is meant. */
  #viewOf(state: unknown): View | undefined {
    const { all } = this.#views;
    const open = isPlace(state) ? all.find(({ number }) => number === state.tab) : undefined;
    if (open) return open;
    const { address } = readAddress();
    return all.find((view) =>
      address ? view.address?.[address.kind] === address.id : view.address && Object.keys(view.address).length === 0,
    );
  }
}

function isPlace(state: unknown): state is Place {
  return typeof state === 'object' && state !== null && Object(state).opened === performance.timeOrigin;
}

function readAddress(): { address: Address | undefined; span: string | null } {
  const parts = new URLSearchParams(location.hash.slice(1));
  const kind = KINDS.find((name) => ID.test(parts.get(name) ?? ''));
  const [of, step] = [parts.get('of') ?? '', parts.get('step') ?? ''];
  const branch = kind === 'run' && ID.test(of) && STEP.test(step) ? { of, step } : undefined;
  return { address: kind && { kind, id: parts.get(kind) ?? '', branch }, span: parts.get('span') };
}
