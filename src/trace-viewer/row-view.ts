import { count, seconds } from './figures';
import { make, setFacts, setText } from './make-node';
import type { Line } from './open-rows';
import type { TimeScale } from './time-scale';
import type { TraceRow } from './trace';
import { fill, type Labels } from './viewer-labels';
import { visible } from './visible-text';

/** Height of a row in CSS pixels; the style sheet has the same. */
export const ROW_HEIGHT = 24;
const DEEP = 11; // levels of whole steps; beyond, each is smaller than the one before, and none stands where another does
const MAX_LABEL = 300; // characters: no row is wider

/** What a row looks like just now, besides what it is. */
export interface Look {
  /** Place among all lines, from 0. */
  index: number;
  /** Pixels. */
  top: number;
  scale: TimeScale;
  /** End of the bar of a row that runs. */
  nowMs: number;
  isActive: boolean;
  isHit: boolean;
}

/** The nodes of one row that is in sight. */
export class RowView {
  readonly node: HTMLElement;
  readonly #name = make('span', { role: 'gridcell', class: 'name', tabindex: -1 });
  readonly #twisty = make('i', { class: 'twisty', 'aria-hidden': 'true' });
  readonly #label = make('span', { class: 'label', dir: 'auto' });
  readonly #bar = make('span', { role: 'gridcell', class: 'bar', tabindex: -1 });
  readonly #time = make('span', { role: 'gridcell', class: 'number', tabindex: -1 });
  readonly #tokens = make('span', { role: 'gridcell', class: 'number', tabindex: -1 });
  readonly #labels: Labels;
  /** What the nodes say, so that a row that is as it was costs nothing. */
  #told = '';

  constructor(labels: Labels) {
    this.#labels = labels;
    this.#name.append(this.#twisty, this.#label);
    this.node = make('div', { role: 'row', part: 'row' }, this.#name, this.#bar, this.#time, this.#tokens);
  }

  show({ row, level, place, siblings, isOpen }: Line, { index, top, scale, nowMs, isActive, isHit }: Look): void {
    const told = [index, top, level, place, siblings, isOpen, isActive, isHit, row.state, row.label].join();
    if (told !== this.#told) {
      this.#told = told;
      setFacts(this.node, {
        'data-id': row.id,
        'data-kind': row.kind,
        'data-state': row.state,
        'data-kept': row.isKept,
        'data-hit': isHit,
        'aria-rowindex': index + 2, // the header is the first
        'aria-level': level,
        'aria-posinset': place,
        'aria-setsize': siblings,
        'aria-expanded': isOpen === undefined ? undefined : String(isOpen),
        'aria-selected': String(isActive),
        tabindex: isActive ? 0 : -1,
      });
      this.node.style.top = `${top}px`;
      const depth = level > DEEP ? DEEP + Math.log2(level - DEEP) : level - 1;
      this.#name.style.setProperty('--depth', depth.toFixed(2));
      const label = visible(row.label.slice(0, MAX_LABEL));
      setText(this.#label, label);
      setFacts(this.#name, { 'data-word': wordOf(row, this.#labels), title: `${row.kind}: ${label}` });
    }
    this.#place(row, scale, nowMs);
    const duration = row.endMs === undefined ? undefined : row.endMs - row.startMs;
    setText(this.#time, duration === undefined ? '…' : seconds(duration));
    setText(this.#tokens, tokensText(row));
  }

  /** The bar of the waterfall; one that has begun is never thinner than two pixels. */
  #place({ startMs, endMs }: TraceRow, scale: TimeScale, nowMs: number): void {
    const [start, end] = [scale.share(startMs), scale.share(endMs ?? nowMs)];
    const from = Math.max(0, Math.min(100, start));
    const to = Math.max(from, Math.min(100, end));
    this.#bar.style.setProperty('--from', `${from.toFixed(2)}%`);
    this.#bar.style.setProperty('--size', `${(to - from).toFixed(2)}%`);
    setFacts(this.#bar, {
      'data-outside': start > 100 || end < 0,
      'aria-label': this.#barLabel(startMs - scale.fromMs),
    });
  }

  #barLabel(startMs: number): string {
    return `${this.#labels.started} ${seconds(startMs)}`;
  }
}

/** With a sign where there are more that nobody counted. */
function tokensText({ below: { inputTokens, outputTokens, uncountedCalls } }: TraceRow): string {
  const tokens = inputTokens + outputTokens;
  return tokens > 0 ? count(tokens) + (uncountedCalls ? '+' : '') : uncountedCalls ? '?' : '';
}

/** What became of a row, in a word or two; nothing where it is done. */
export function wordOf(row: TraceRow, labels: Labels): string | undefined {
  const words = [
    row.isKept && row.kind === 'step' && labels.kept,
    row.isEdited && labels.edited,
    stateWord(row, labels),
  ];
  return words.filter(Boolean).join(' · ') || undefined;
}

function stateWord(row: TraceRow, labels: Labels): string | undefined {
  const { state, error } = row;
  if (state === 'recovered') return error ? recoveredWord(row, labels) : undefined;
  if (state === 'failed') return labels.stateFailed;
  return state === 'running' ? labels.stateRunning : undefined;
}

/** Names the agent where it is not that of the row: numbers of steps are its own. */
function recoveredWord({ recovery, path, kind }: TraceRow, labels: Labels): string {
  if (!recovery) return labels.recovered;
  const { step = '', parent } = recovery;
  const isAbove = recovery.path.length < path.length - (kind === 'agent' ? 1 : 0);
  return fill(isAbove ? labels.recoveredAbove : labels.recoveredIn, step, visible(parent?.subject ?? ''));
}
