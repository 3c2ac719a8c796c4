import { make } from './make-node';
import { textBlock } from './text-block';
import type { ShownMessage } from './trace';
import { textOf } from './value-block';
import { fill, type Labels } from './viewer-labels';

/** The messages of a model call, by role; the history that the call before had too is folded until it is asked for. */
export function messageCards(messages: readonly ShownMessage[], labels: Labels): HTMLElement[] {
  const cards: HTMLElement[] = [];
  for (let start = 0; start < messages.length; ) {
    let end = start;
    while (end < messages.length && messages[end]?.isNew === messages[start]?.isNew) end++;
    const group = messages.slice(start, end);
    if (messages[start]?.isNew) cards.push(...group.map((message) => card(message, labels)));
    else cards.push(folded(fill(labels.earlier, group.length), () => group.map((message) => card(message, labels))));
    start = end;
  }
  return cards;
}

/** Content that is made when it is opened. */
export function folded(title: string, content: () => readonly Node[]): HTMLDetailsElement {
  const node = make('details', {}, make('summary', {}, title));
  node.addEventListener('toggle', () => node.append(...content()), { once: true });
  return node;
}

function card({ role, text, images, toolCalls }: ShownMessage, labels: Labels): HTMLElement {
  const calls = toolCalls.map(({ name, arguments: given }) => `${name}(${textOf(given)})`);
  const node = textBlock([text, ...calls].filter(Boolean).join('\n'), { title: role, labels, name: 'message' });
  const pictures = images.filter((address) => /^data:image\/(png|jpeg|gif|webp|avif|bmp)[;,]/i.test(address));
  node.append(...pictures.map((src) => make('img', { src, loading: 'lazy', alt: '' })));
  node.dataset.role = role;
  return node;
}
