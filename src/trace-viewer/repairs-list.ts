import { make, setFacts } from './make-node';
import { fill, type Labels } from './viewer-labels';

/** What a trace had wrong, folded; hidden where it had nothing. */
export class RepairsList {
  readonly node = make('div', { class: 'repairs', hidden: true });
  readonly #labels: Labels;
  #told = '';

  constructor(labels: Labels) {
    this.#labels = labels;
  }

  show(repairs: readonly string[]): void {
    const told = repairs.join('\n');
    if (told === this.#told) return;
    this.#told = told;
    setFacts(this.node, { hidden: repairs.length === 0 });
    const list = make('ul', {}, ...repairs.map((text) => make('li', {}, text)));
    const title = make('summary', {}, fill(this.#labels.repairs, repairs.length));
    this.node.replaceChildren(make('details', {}, title, list));
  }
}
