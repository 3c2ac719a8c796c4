import { folded, make } from './make-node';
import { textBlock } from './text-block';
import type { ShownMessage } from './trace';
import { fill, type Labels } from './viewer-labels';
import { textOf } from './visible-text';

const MAX_OPEN = 30; // messages

/** The messages of a model call, by role; the history that the call before had too is folded until it is asked for. */
export function messageCards(messages: readonly ShownMessage[], labels: Labels): HTMLElement[] {
  const cards: HTMLElement[] = [];
  for (let start = 0; start < messages.length; ) {
    let end = start;
    while (end < messages.length && messages[end]?.isNew === messages[start]?.isNew) end++;
    const isNew = messages[start]?.isNew ?? false;
    const group = messages.slice(start, end).map((message) => () => card(message, labels));
    const shown = group.splice(0, isNew ? MAX_OPEN : 0);
    cards.push(...shown.map((make) => make()));
    const title = isNew ? labels.furtherMessages : labels.earlier;
    if (group.length > 0) cards.push(folded(fill(title, group.length), () => group.map((make) => make())));
    start = end;
  }
  return cards;
}

function card({ role, text, images, toolCalls }: ShownMessage, labels: Labels): HTMLElement {
  const calls = toolCalls.map(({ name, arguments: given }) => `${name}(${textOf(given)})`);
  const node = textBlock([text, ...calls].filter(Boolean).join('\n'), { title: role, labels, name: 'message' });
  const pictures = images.filter((address) => /^data:image\/(png|jpeg|gif|webp|avif|bmp)[;,]/i.test(address));
  node.append(...pictures.map((src) => make('img', { src, loading: 'lazy', alt: '' })));
  node.dataset.role = role;
  return node;
}
