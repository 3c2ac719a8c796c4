import { make, setFacts } from './make-node';
import type { PanelOptions } from './panel-options';
import { panelOf } from './panels';
import type { PanelName } from './toolbar';
import type { Trace } from './trace';
import { fill } from './viewer-labels';
import { visible } from './visible-text';

/** Where one panel at a time is shown, between the tools and the tree. */
export class PanelPlace {
  readonly node = make('div', { class: 'panel', part: 'panel', hidden: true });
  #name: PanelName | undefined;
  /** Counts what was opened: what was asked for before and comes later is not shown. */
  #turn = 0;

  get name(): PanelName | undefined {
    return this.#name;
  }

  close(): void {
    this.#turn += 1;
    this.#name = undefined;
    setFacts(this.node, { hidden: true });
    this.node.replaceChildren();
  }

  async open(name: PanelName, trace: Trace, options: PanelOptions): Promise<void> {
    this.close();
    const turn = this.#turn;
    this.#name = name;
    setFacts(this.node, { hidden: false });
    const content = await panelOf(name, trace, options).catch((error) =>
      make('p', { class: 'problem' }, fill(options.labels.loadFailed, name, visible(String(error)))),
    );
    if (turn === this.#turn) this.node.replaceChildren(content);
  }
}
