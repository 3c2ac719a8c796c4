import { isRecord } from '../web/record';
import { make } from './make-node';
import { textBlock, titleBar } from './text-block';
import type { Labels } from './viewer-labels';
import { textNodes, textOf, visible } from './visible-text';

const CELL_CUT_AT = 500; // characters
const MAX_CELLS = 50;
const LONGEST_NAME = 20; // characters in one line

/** A value of a tool: an object as a small table, anything else as text. */
export function valueBlock(value: unknown, title: string, labels: Labels): HTMLElement {
  const entries = isRecord(value) ? Object.entries(value) : [];
  const isSmall = entries.length > 0 && entries.length <= MAX_CELLS;
  const cells = entries.map(([name, item]) => [name, textOf(item)] as const);
  if (!isSmall || cells.some(([, text]) => text.length > CELL_CUT_AT))
    return textBlock(textOf(value), { title, labels });
  const rows = cells.map(([name, text]) => {
    const head = make('th', { scope: 'row' }, visible(name));
    head.style.minInlineSize = `calc(${Math.min(name.length, LONGEST_NAME)}ch + 20px)`; // else the value takes all of the room
    return make('tr', {}, head, make('td', {}, ...textNodes(text)));
  });
  return make(
    'section',
    { class: 'block', part: 'block' },
    titleBar(title, labels, () => textOf(value)),
    make('table', {}, ...rows),
  );
}
