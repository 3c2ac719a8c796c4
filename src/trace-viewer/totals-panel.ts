import { count, dollars, seconds } from './figures';
import { make } from './make-node';
import { type RollUpLine, rollUp } from './roll-up';
import type { Trace } from './trace';
import { fill, type Labels } from './viewer-labels';
import { visible } from './visible-text';

/** Where time, tokens and cost went: a table each by agent, model and tool. */
export function totalsPanel(trace: Trace, labels: Labels): HTMLElement {
  const tables = (['agent', 'model', 'tool'] as const).flatMap((by) => {
    const lines = rollUp(trace, by);
    return lines.length > 0 ? [table(lines, labels[by], labels)] : [];
  });
  return make('div', { class: 'totals' }, ...tables);
}

function table(lines: readonly RollUpLine[], title: string, labels: Labels): HTMLElement {
  const hasCost = lines.some(({ own }) => own.cost !== undefined);
  const names = [
    title,
    labels.calls,
    labels.time,
    labels.own,
    labels.below,
    ...(hasCost ? [labels.cost] : []),
    labels.wasted,
  ];
  const head = names.map((name, index) => make('th', { scope: 'col', class: index > 0 && 'number' }, name));
  const body = lines.map((line) => {
    const { own, below } = line;
    const cells = [
      count(line.calls),
      seconds(line.durationMs),
      tokens(own, labels),
      tokens(below, labels),
      ...(hasCost ? [dollars(below.cost ?? own.cost ?? 0)] : []),
      line.wastedTokens > 0 ? count(line.wastedTokens) : '',
    ];
    const nodes = cells.map((text) => make('td', { class: 'number' }, text));
    return make('tr', {}, make('th', { scope: 'row' }, visible(line.name)), ...nodes);
  });
  return make('table', {}, make('thead', {}, make('tr', {}, ...head)), make('tbody', {}, ...body));
}

function tokens({ inputTokens, outputTokens }: RollUpLine['own'], labels: Labels): string {
  if (inputTokens + outputTokens === 0) return '';
  return fill(labels.tokensInOut, count(inputTokens), count(outputTokens));
}
