import type { AgentEvent } from '../agents/agent';
import type { DetailsOf } from './details-pane';
import { Feed } from './feed';
import { chooseFile, hearFiles } from './file-door';
import { make } from './make-node';
import type { narrowed } from './narrowed';
import { emptyNotice, waitNotice } from './notices';
import type { ShownRun } from './panel-options';
import type { RewindRequest } from './rewind-place';
import type { Origin } from './rows/kept-rows';
import { styleSheet } from './style-sheet';
import type { EventTimes, Prices, Trace, TraceRow } from './trace';
import { Viewer } from './viewer';
import { fill, LABELS, type Labels } from './viewer-labels';
import { messageOf, visible } from './visible-text';

/** In Node and workers there are no elements, and the door is importable nevertheless. */
const ElementOfPage: typeof HTMLElement = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

/**
 * `<agent-trace>`: one run, live or saved, as tree, waterfall and details. `src` is the only thing it fetches. Attributes: `src`,
 * `span` (id of the selected row), `rewind` (offers “Continue from here”). Events: `spanselect` ({ id, row }), `rewind` (a
 * `RewindRequest`, where the attribute is set), `traceopen` ({ files }, cancelable), `traceload` ({ trace }), `traceerror` ({ error }).
 */
export class AgentTrace extends ElementOfPage {
  static readonly observedAttributes = ['src', 'span', 'rewind'];
  /** Who speaks in a live run, by the name it has in `prices`: events do not say it. */
  modelId: string | undefined;
  /** The run whose events come by `add`; `watch` sets it. “Save” writes its log, so that a branch can be gone on with as well. */
  run: ShownRun | undefined;
  readonly #root = this.attachShadow({ mode: 'open' });
  #labels: Labels = LABELS;
  #prices: Prices = {};
  #viewer: Viewer | undefined;
  #trace: Trace | undefined;
  #feed: Feed | undefined;
  #parts: { detailsOf: DetailsOf; narrowed: typeof narrowed } | undefined;
  #whyNoDetails = '';
  #origin: Origin | undefined;
  #isNew = false;
  #frame: number | undefined;
  /** Counts what was begun: what was begun before and ends later is not shown any more. */
  #turn = 0;

  constructor() {
    super();
    this.#root.adoptedStyleSheets = [styleSheet()];
    this.#showEmpty();
    hearFiles(this, this.#root, (files) => this.#take(files));
  }

  /** What is shown. */
  get trace(): Trace | undefined {
    return this.#trace;
  }

  get labels(): Labels {
    return this.#labels;
  }

  /** Texts of the viewer in place of its own, all or some. */
  set labels(labels: Partial<Labels>) {
    this.#labels = { ...LABELS, ...labels };
    this.#rebuild();
  }

  get prices(): Prices {
    return this.#prices;
  }

  /** Of models, for what is loaded or begun from now on. */
  set prices(prices: Prices) {
    this.#prices = prices;
  }

  attributeChangedCallback(name: string, before: string | null, value: string | null): void {
    if (before === value) return;
    if (name === 'src' && value !== null) void this.#fetch(value);
    if (name === 'span' && value !== null) this.#viewer?.select(value);
    if (name === 'rewind' && this.#trace) this.#rebuild();
  }

  connectedCallback(): void {
    if (this.#feed) this.#feed.isPlaced = true;
  }

  disconnectedCallback(): void {
    if (this.#feed) this.#feed.isPlaced = false;
  }

  /** Shows a file, its text, or what `JSON.parse` gave. Rejects, and says so in the viewer, where it is no trace. */
  async load(file: unknown): Promise<void> {
    const turn = this.#begin();
    const name = file instanceof File ? file.name : '';
    if (file instanceof Blob && file.size > 1_000_000) this.#say(fill(this.#labels.loading, visible(name)));
    try {
      const trace = await this.#read(file);
      if (turn === this.#turn) this.#show(trace, true);
    } catch (error) {
      if (turn === this.#turn)
        this.#fail(fill(this.#labels.unreadable, visible(name) || this.#labels.this, messageOf(error)), error);
      throw error;
    }
  }

  /** Shows how a second run, given as `load` takes one, differs from the one shown. Rejects where it is no trace, or nothing is shown. */
  async compare(file: unknown): Promise<void> {
    const trace = await this.#read(file);
    if (!this.#viewer) throw new Error('there is no run to compare with: load one first');
    this.#viewer.compare({ trace, isBranch: false });
  }

  /**
   * Begins a branch of the run that another viewer, or this one, showed: the events that come next are its own. The steps
   * before `step` are shown as kept, with `managed` edits those of managed agents as well, and when it ends the two runs stand
   * beside each other.
   */
  branch(from: Trace, step: number, edits: RewindRequest['edits'] = {}): void {
    this.#beginLive({ trace: from, step, edits });
  }

  /** Shows what an event tells; the first one begins a live trace. `times` is for runs that are told again. */
  add(event: AgentEvent, times?: EventTimes): void {
    const feed = this.#feed ?? this.#beginLive();
    feed.add(event, times);
  }

  /** Shows a run while it is read, or the rest of the one that is shown; each event is passed on. */
  async *watch<Event extends AgentEvent>(run: AsyncIterable<Event> & ShownRun): AsyncGenerator<Event, void> {
    this.run = run;
    let feed: Feed | undefined;
    try {
      for await (const event of run) {
        feed ??= this.#feed?.isNew || this.#feed?.isOf(event) ? this.#feed : this.#beginLive();
        feed.add(event);
        yield event;
      }
    } finally {
      feed?.close();
    }
  }

  #begin(): number {
    this.disconnectedCallback();
    this.#feed = undefined;
    this.#turn += 1;
    return this.#turn;
  }

  #beginLive(origin?: Origin): Feed {
    const turn = this.#begin();
    this.#origin = origin;
    const feed: Feed = new Feed({
      prices: this.#prices,
      origin,
      modelId: this.modelId,
      onChange: () => this.#changed(feed),
      onFailure: (error) => {
        if (turn === this.#turn) this.#fail(messageOf(error), error);
      },
    });
    this.#feed = feed;
    feed.isPlaced = this.isConnected;
    this.#isNew = true;
    this.#fetchDetails().catch((error) => {
      this.#whyNoDetails = fill(this.#labels.loadFailed, this.#labels.details, messageOf(error));
      this.#viewer?.redrawDetails(); // the rows can be read without them
    });
    return feed;
  }

  /** Draws at the next frame, however many events come until then. */
  #changed(feed: Feed): void {
    if (feed !== this.#feed) return;
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      const trace = this.#feed?.trace;
      if (!trace) return;
      this.#show(trace, this.#isNew);
      this.#isNew = false;
      if (this.#origin && trace.outcome !== 'running' && trace.outcome !== 'waiting') {
        this.#viewer?.compare({ trace: this.#origin.trace, isBranch: true });
        this.#origin = undefined;
      }
    });
  }

  async #fetch(address: string): Promise<void> {
    const turn = this.#begin();
    this.#say(fill(this.#labels.loading, visible(address)));
    try {
      this.#fetchReaders().catch(() => {}); // on their way while the file is; without them `#read` fails
      const response = await fetch(address);
      if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
      const text = await response.text();
      if (turn === this.#turn) await this.load(text);
    } catch (error) {
      if (turn === this.#turn) this.#fail(fill(this.#labels.loadFailed, visible(address), messageOf(error)), error);
    }
  }

  async #read(file: unknown): Promise<Trace> {
    const content = file instanceof Blob ? file.text() : file;
    const [[{ readTraceInSlices }], read] = await Promise.all([this.#fetchReaders(), content]);
    return readTraceInSlices(read, { prices: this.#prices });
  }

  /** What reads files is fetched with the first of them. */
  #fetchReaders() {
    return Promise.all([import('./rows/read-trace'), this.#fetchDetails()]);
  }

  /** What shows details, and what searches, is fetched with the first trace. */
  async #fetchDetails(): Promise<void> {
    const parts = [import('./details-pane'), import('./details-sheet'), import('./narrowed')] as const;
    const [{ detailsOf }, { detailsSheet }, { narrowed }] = await Promise.all(parts);
    if (this.#parts) return;
    this.#parts = { detailsOf, narrowed };
    this.#root.adoptedStyleSheets.push(detailsSheet());
    this.#viewer?.redrawDetails();
  }

  #show(trace: Trace, isNew: boolean): void {
    this.#trace = trace;
    this.#viewer ??= this.#makeViewer();
    this.#viewer.show(trace, { isNew });
    if (!isNew) return;
    this.#selectLinked();
    this.dispatchEvent(new CustomEvent('traceload', { detail: { trace } }));
  }

  #makeViewer(): Viewer {
    const viewer = new Viewer(this.#labels, {
      narrowed: (...given) => this.#parts?.narrowed(...given),
      detailsOf: (...given) =>
        this.#parts?.detailsOf(...given) ?? [make('p', { class: 'problem' }, this.#whyNoDetails)],
      prices: this.#prices,
      run: () => this.run,
      onOpen: this.#choose,
      onSelect: (row) => this.#selected(row),
      onRewind: this.hasAttribute('rewind') ? (row, place) => void this.#rewind(row, place) : undefined,
    });
    this.#root.replaceChildren(viewer.node);
    return viewer;
  }

  /** Labels and what is offered are fixed in the parts: they are made anew. */
  #rebuild(): void {
    this.#viewer = undefined;
    if (this.#trace) {
      this.#viewer = this.#makeViewer();
      this.#viewer.show(this.#trace, { isNew: true });
      this.#selectLinked();
    } else this.#showEmpty();
  }

  #selectLinked(): void {
    const span = this.getAttribute('span');
    if (span !== null) this.#viewer?.select(span);
  }

  #selected(row: TraceRow): void {
    if (this.getAttribute('span') !== row.id) this.setAttribute('span', row.id);
    this.dispatchEvent(new CustomEvent('spanselect', { detail: { id: row.id, row } }));
  }

  async #rewind(row: TraceRow, place: HTMLElement): Promise<void> {
    const { askForEdits } = await import('./rewind-panel');
    askForEdits(row, place, this.#labels, (detail) => this.dispatchEvent(new CustomEvent('rewind', { detail })));
  }

  /** The page may take them instead. */
  #take(files: readonly File[]): void {
    const [file] = files;
    if (!file) return;
    const isLeft = this.dispatchEvent(new CustomEvent('traceopen', { detail: { files }, cancelable: true }));
    if (isLeft) this.load(file).catch(() => {}); // said in the viewer
  }

  #choose = () => chooseFile((files) => this.#take(files));

  #showEmpty(problem?: string): void {
    this.#replace(emptyNotice(this.#labels, this.#choose, problem));
  }

  #say(text: string): void {
    this.#replace(waitNotice(text));
  }

  #fail(text: string, error: unknown): void {
    this.#showEmpty(text);
    this.dispatchEvent(new CustomEvent('traceerror', { detail: { error } }));
  }

  #replace(node: HTMLElement): void {
    this.#viewer = undefined;
    this.#trace = undefined;
    this.#root.replaceChildren(make('div', { class: 'viewer' }, node));
  }
}
