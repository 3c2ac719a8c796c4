import { kilobytes } from './figures';
import { make } from './make-node';
import { fill, type Labels } from './viewer-labels';
import { textNodes } from './visible-text';

const CUT_AT = 4000; // characters

export interface TextBlockOptions {
  title: string;
  labels: Labels;
  /** Line to mark, from 1. */
  line?: number | undefined;
  /** What kind of text it is, for the style sheet. */
  name?: string;
}

/** A titled text with a button that copies it, cut where it is long. */
export function textBlock(text: string, { title, labels, line, name = 'text' }: TextBlockOptions): HTMLElement {
  const body = make('pre', { tabindex: 0, dir: 'auto', 'aria-label': title });
  const block = make(
    'section',
    { class: `block ${name}`, part: 'block' },
    titleBar(title, labels, () => text),
    body,
  );
  const show = (shown: string) => body.replaceChildren(...lines(shown, line));
  const cut = text.slice(0, CUT_AT).replace(/[\ud800-\udbff]$/, '');
  show(cut);
  if (text.length > CUT_AT) {
    const all = make('button', { class: 'more' }, fill(labels.showAll, kilobytes(text.length)));
    all.addEventListener('click', () => {
      show(text);
      all.remove();
      body.focus();
    });
    block.append(all);
  }
  return block;
}

/** A heading with a copy button; the text is asked for when the button is pressed. */
export function titleBar(title: string, labels: Labels, textOf: () => string): HTMLElement {
  const button = make('button', { class: 'copy', 'aria-label': `${labels.copy}: ${title}` }, labels.copy);
  button.addEventListener('click', async () => {
    const { copyText } = await import('./copy-text');
    if (await copyText(textOf(), button)) button.textContent = labels.copied;
  });
  return make('h4', {}, title, button);
}

function lines(text: string, marked: number | undefined): (string | Node)[] {
  if (marked === undefined) return textNodes(text);
  const all = text.split('\n');
  const line = all[marked - 1];
  if (line === undefined) return textNodes(text);
  const before = all.slice(0, marked - 1).map((one) => `${one}\n`);
  const after = all.slice(marked).map((one) => `\n${one}`);
  return [...textNodes(before.join('')), make('mark', {}, ...textNodes(line)), ...textNodes(after.join(''))];
}
