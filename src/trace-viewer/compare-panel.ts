import { count, dollars, seconds } from './figures';
import { folded, make } from './make-node';
import type { PanelOptions } from './panel-options';
import { readTraceInSlices } from './rows/read-trace';
import type { Trace } from './trace';
import { fill, type Labels } from './viewer-labels';
import { messageOf, visible } from './visible-text';
import { type ComparedRows, type Comparison, compareTexts, compareTraces } from './whole/compare-traces';

const MAX_LINES = 200; // of the list, and of the lines of one text

/** Of the run shown, and of the other one. */
type Names = readonly [string, string];

/** How a second run differs: asked for as a file, or given by the page. */
export function comparePanel(trace: Trace, options: PanelOptions): HTMLElement {
  const { labels, prices, other } = options;
  const place = make('div', { class: 'comparison' });
  const field = make('input', { type: 'file', class: 'unseen', tabindex: -1, 'aria-hidden': 'true' });
  const show = (run: Trace, names: Names) => place.replaceChildren(...comparisonOf(trace, run, names, options));
  const { compareThis, compareOther, compareBranch, compareBefore } = labels;
  field.addEventListener('change', async () => {
    const [file] = field.files ?? [];
    if (!file) return;
    try {
      show(await readTraceInSlices(await file.text(), { prices }), [compareThis, compareOther]);
    } catch (error) {
      place.replaceChildren(
        make('p', { class: 'problem', role: 'alert' }, fill(labels.unreadable, visible(file.name), messageOf(error))),
      );
    }
  });
  if (other) show(other.trace, other.isBranch ? [compareBranch, compareBefore] : [compareThis, compareOther]);
  return make('div', {}, make('button', { click: () => field.click() }, labels.compareOpen), field, place);
}

function comparisonOf(left: Trace, right: Trace, names: Names, options: PanelOptions): HTMLElement[] {
  const { labels, show } = options;
  const comparison = compareTraces(left, right);
  const summary = make('p', {}, fill(labels.compareLess, names[1], deltasOf(comparison, labels)));
  const { first } = comparison;
  if (!first) return [summary, make('p', { role: 'status' }, labels.compareSame)];
  const differing = comparison.rows.filter(({ differs }) => differs.length > 0);
  const at = first.left ?? first.right;
  const sentence = fill(labels.compareFirst, visible(at?.label ?? ''));
  const head = names.map((name) => make('th', { scope: 'col' }, name));
  const lines = differing.slice(0, MAX_LINES).flatMap((pair) => linesOf(pair, options));
  const rest = differing.length - MAX_LINES;
  const { left: shownRow } = first;
  return [
    summary,
    make('p', { role: 'status' }, shownRow ? make('button', { click: () => show(shownRow) }, sentence) : sentence),
    make('table', {}, make('thead', {}, make('tr', {}, ...head)), make('tbody', {}, ...lines)),
    ...(rest > 0 ? [make('p', { class: 'note' }, fill(labels.compareMore, rest))] : []),
  ];
}

/** The two rows, and below them each text that differs, folded. */
function linesOf(pair: ComparedRows, { labels, show }: PanelOptions): HTMLElement[] {
  const { left, right, differs } = pair;
  const here = left ? make('button', { click: () => show(left) }, visible(left.label)) : '—';
  const there = right ? visible(right.label) : '—';
  const texts = differs.flatMap((part) => {
    if (part === 'only') return [];
    return [
      folded(labels[part], () => [make('pre', { tabindex: 0 }, ...changedLines(compareTexts(pair, part), labels))]),
    ];
  });
  const rows = [make('tr', {}, make('td', {}, here), make('td', {}, there))];
  if (texts.length > 0) rows.push(make('tr', {}, make('td', { colspan: 2 }, ...texts)));
  return rows;
}

/** Both sides' lines, with a sign before those that only one has: colour alone would tell nothing to some. */
function changedLines(lines: ReturnType<typeof compareTexts>, labels: Labels): HTMLElement[] {
  const shown = lines.slice(0, MAX_LINES).map(({ left, right }) => {
    if (left !== undefined && right !== undefined) return make('span', {}, `  ${visible(left)}\n`);
    if (left !== undefined) return make('del', {}, `− ${visible(left)}\n`);
    return make('ins', {}, `+ ${visible(right ?? '')}\n`);
  });
  if (lines.length > MAX_LINES)
    shown.push(make('span', { class: 'note' }, fill(labels.compareMore, lines.length - MAX_LINES)));
  return shown;
}

function deltasOf({ deltas }: Comparison, labels: Labels): string {
  const signed = (amount: number, told: string) =>
    amount === 0 ? `±${told}` : amount > 0 ? `+${told}` : told.replace('-', '−');
  const several = (amount: number, one: string, many: string) =>
    Math.abs(amount) === 1 ? (amount > 0 ? '+' : '−') + one : fill(many, signed(amount, count(amount)));
  const { durationMs, inputTokens, outputTokens = 0, cost, steps, errors } = deltas;
  const tokens = (inputTokens ?? 0) + outputTokens;
  const told = [
    signed(durationMs, seconds(durationMs)),
    inputTokens === undefined ? labels.notCounted : fill(labels.compareTokens, signed(tokens, count(tokens))),
    several(steps, labels.oneStep, labels.steps),
    several(errors, labels.oneError, labels.errors),
  ];
  if (cost !== undefined) told.push(signed(cost, cost < 0 ? `-${dollars(-cost)}` : dollars(cost)));
  return told.join(', ');
}
