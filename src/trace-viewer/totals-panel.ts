import { count, dollars, seconds } from './figures';
import { make } from './make-node';
import type { Trace } from './trace';
import { fill, type Labels } from './viewer-labels';
import { visible } from './visible-text';
import { type RollUpLine, rollUp } from './whole/roll-up';

/** Where time, tokens and cost went: a table each by agent, model and tool. */
export function totalsPanel(trace: Trace, labels: Labels): HTMLElement {
  const tables = (['agent', 'model', 'tool'] as const).flatMap((by) => {
    const lines = rollUp(trace, by);
    return lines.length > 0 ? [table(lines, labels[by], labels)] : [];
  });
  return make('div', { class: 'totals', role: 'region', 'aria-label': labels.totals, tabindex: 0 }, ...tables);
}

function table(lines: readonly RollUpLine[], title: string, labels: Labels): HTMLElement {
  const columns: readonly [string, (line: RollUpLine) => string][] = [
    [labels.calls, ({ calls }) => count(calls)],
    [labels.time, ({ durationMs }) => seconds(durationMs)],
    [labels.ownTokens, ({ own }) => tokens(own, labels)],
    [labels.belowTokens, ({ below }) => tokens(below, labels)],
    [
      labels.cost,
      ({ own, below }) => (own.cost === undefined && below.cost === undefined ? '' : dollars(below.cost ?? 0)),
    ],
    [labels.wasted, ({ wastedTokens }) => (wastedTokens > 0 ? count(wastedTokens) : '')],
  ];
  const filled = columns.filter(([, told]) => lines.some((line) => told(line) !== ''));
  const head = filled.map(([name]) => make('th', { scope: 'col', class: 'number' }, name));
  const body = lines.map((line) =>
    make(
      'tr',
      {},
      make('th', { scope: 'row' }, visible(line.name)),
      ...filled.map(([, told]) => make('td', { class: 'number' }, told(line))),
    ),
  );
  const first = make('th', { scope: 'col' }, title);
  return make('table', {}, make('thead', {}, make('tr', {}, first, ...head)), make('tbody', {}, ...body));
}

function tokens({ inputTokens, outputTokens, uncountedCalls }: RollUpLine['own'], labels: Labels): string {
  if (inputTokens + outputTokens === 0) return uncountedCalls ? labels.notCounted : '';
  const text = fill(labels.tokensInOut, count(inputTokens), count(outputTokens));
  return uncountedCalls ? fill(labels.atLeast, text) : text;
}
