import type { View, Views } from './views';

/** An address may hold anything: what is no id of a run is not asked for. */
const RUN_ID = /^[\w-]{1,100}$/;

/** Keeps the shown run and span in the address, and goes back to them: `#run=ID&span=ID`. */
export class DeepLink {
  readonly #views: Views;
  #isGoing = false;

  constructor(views: Views) {
    this.#views = views;
    addEventListener('hashchange', () => this.#show());
  }

  /** Opens the run that the address names, by its id in the server, and selects the span. */
  async openAddress(openRun: (runId: string) => Promise<void>): Promise<void> {
    const { run } = this.#address();
    this.#show();
    if (run !== undefined && !this.#find(run)) await openRun(run);
  }

  /** A row of the view was selected by a person. */
  keep(view: View): void {
    if (this.#isGoing || view !== this.#views.current) return;
    const span = view.viewer.getAttribute('span');
    const parts = new URLSearchParams({ ...(view.runId && { run: view.runId }), ...(span && { span }) });
    if (location.hash !== `#${parts}`) history.pushState(null, '', `#${parts}`);
  }

  #show(): void {
    const { run, span } = this.#address();
    const view = run === undefined ? this.#views.first : this.#find(run);
    if (!view) return;
    this.#isGoing = true; // what is selected now is in the address already
    this.#views.show(view);
    if (span !== undefined) view.viewer.setAttribute('span', span);
    this.#isGoing = false;
  }

  #find(runId: string): View | undefined {
    return this.#views.all.find((view) => view.runId === runId);
  }

  #address(): { run: string | undefined; span: string | undefined } {
    const parts = new URLSearchParams(location.hash.slice(1));
    const run = parts.get('run') ?? '';
    return { run: RUN_ID.test(run) ? run : undefined, span: parts.get('span') ?? undefined };
  }
}
