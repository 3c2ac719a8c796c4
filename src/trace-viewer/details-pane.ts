import { count, dollars, seconds } from './figures';
import { folded, make } from './make-node';
import { messageCards } from './message-cards';
import { outermostStep, rewindAt } from './rewind-place';
import { wordOf } from './row-view';
import { textBlock } from './text-block';
import type { RowDetails, Sums, Trace, TraceRow } from './trace';
import { valueBlock } from './value-block';
import { fill, type Labels } from './viewer-labels';
import { textOf, visible } from './visible-text';

export interface DetailsOptions {
  labels: Labels;
  /** Offered on steps where the run can go on from there. */
  onRewind: ((row: TraceRow) => void) | undefined;
  /** Whether the raw form is open. */
  isRaw: boolean;
}

export type DetailsOf = typeof detailsOf;

/** All that is known of a row: its error first, then what was thought, done and seen, then the messages, then the rest. */
export function detailsOf(row: TraceRow, trace: Trace, { labels, onRewind, isRaw }: DetailsOptions): HTMLElement[] {
  const details = row.details();
  const raw = folded(labels.raw, () => [textBlock(textOf(details.raw), { title: labels.raw, labels })]);
  raw.open = isRaw;
  raw.className = 'raw';
  const head = make(
    'div',
    { class: 'title' },
    make('h3', {}, visible(row.label.slice(0, 500))),
    make('p', { class: 'facts' }, factsOf(row, trace, labels)),
    make('p', { class: 'facts' }, sumsOf(row, labels)),
  );
  if (details.dropped) {
    const { attributes, events, links } = details.dropped;
    head.append(make('p', { class: 'facts' }, fill(labels.dropped, attributes, events, links)));
  }
  const step = row.kind !== 'step' ? undefined : rewindAt(row, {}) ? row : outermostStep(row);
  if (onRewind && step) {
    const title = step === row ? labels.rewind : fill(labels.rewindOuter, step.step ?? '', visible(step.path[0] ?? ''));
    head.append(make('button', { class: 'rewind', click: () => onRewind(step) }, title));
  }
  return [
    head,
    ...errorBlock(row, labels),
    ...contentOf(row, details, labels),
    ...messagesOf(details, labels),
    folded(labels.attributes, () => [valueBlock(details.attributes, labels.attributes, labels)]),
    raw,
  ];
}

function errorBlock({ error }: TraceRow, labels: Labels): HTMLElement[] {
  if (!error) return [];
  const { type, message, stack, line } = error;
  const title = [type ?? labels.error, ...(line === undefined ? [] : [fill(labels.line, line)])]
    .map(visible)
    .join(' · ');
  const block = textBlock(message, { title, labels, name: 'error' });
  if (stack) block.append(folded(labels.stack, () => [textBlock(stack, { title: labels.stack, labels })]));
  return [block];
}

function contentOf({ error, kind }: TraceRow, details: RowDetails, labels: Labels): HTMLElement[] {
  const { task, observations, plan, messages } = details;
  const isSaidBelow = kind === 'model' && messages.length > 0;
  const { thought, code } = isSaidBelow ? { thought: undefined, code: undefined } : details;
  const texts = [
    ['task', task],
    ['thought', thought],
    ['code', code],
    ['observations', observations],
    ['plan', plan],
  ] as const;
  const blocks = texts.flatMap(([name, text]) => {
    const line = name === 'code' ? error?.line : undefined;
    return text ? [textBlock(text, { title: labels[name], labels, name, line })] : [];
  });
  const values = (['arguments', 'result', 'answer'] as const).flatMap((name) =>
    details[name] === undefined ? [] : [valueBlock(details[name], labels[name], labels)],
  );
  return kind === 'agent' ? [...values, ...blocks] : [...blocks, ...values]; // of a run, what it came to is asked for first
}

function messagesOf({ messages }: RowDetails, labels: Labels): HTMLElement[] {
  if (messages.length === 0) return [];
  return [make('section', { class: 'messages' }, make('h4', {}, labels.messages), ...messageCards(messages, labels))];
}

/** `model · ChatModel.generate · started 1.2 s · 0.66 s · Span 12ab`. */
function factsOf(row: TraceRow, trace: Trace, labels: Labels): string {
  const duration = row.endMs === undefined ? labels.noTime : seconds(row.endMs - row.startMs);
  const facts = [
    row.kind,
    visible(row.name),
    wordOf(row, labels),
    `${labels.started} ${seconds(row.startMs - trace.startMs)}`,
    duration,
    `${labels.span} ${visible(row.id)}`,
  ];
  return facts.filter(Boolean).join(' · ');
}

/** Tokens and cost, of the row and of all below it; nothing where there are none. */
function sumsOf({ own, below }: TraceRow, labels: Labels): string {
  const told = (sums: Sums, where: string) => {
    const { inputTokens, outputTokens, cost } = sums;
    if (inputTokens + outputTokens === 0) return [];
    const price = cost === undefined ? '' : `, ${dollars(cost)}`;
    return [`${where}: ${fill(labels.tokensInOut, count(inputTokens), count(outputTokens))}${price}`];
  };
  return [...told(own, labels.own), ...told(below, labels.below)].join(' · ');
}
