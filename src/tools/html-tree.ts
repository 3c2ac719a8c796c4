import type { Handle } from 'hast-util-to-mdast';
import { type HtmlReader, readHtml } from './html-tokens';

// What converts the tree recurses, and spreads lists of nodes as arguments; an edge worker has 128 MB.
const MAX_DEPTH = 100; // tags further in are left out, their text is kept
const MAX_NODES = 30_000;
const MAX_CHARACTERS = 1_000_000; // of text
const MAX_ADDRESS_CHARACTERS = 2_000;
const ADDRESS_SCHEMES = ['http:', 'https:', 'mailto:', 'tel:'];

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));
const HIDDEN = words(
  'script style template svg iframe noembed noframes object canvas audio video select datalist textarea',
);
const UNSEEN = words(
  'html head body thead tbody tfoot colgroup col input meta link base wbr area embed source track param',
); // tags that leave no trace
const VOID = words('br hr');
const TABLE_PARTS = words('table caption tr td th');
const HEADINGS = 'h1 h2 h3 h4 h5 h6';
const BLOCKS = words(
  `address article aside blockquote center dd details dialog div dl dt fieldset figcaption figure footer form ${HEADINGS} ` +
    'header hgroup hr li main menu nav ol p pre section summary table caption tr td th ul',
);

/** What ends where an element of that name begins, unless an element of `within` stands between the two. */
const ENDINGS = [
  { names: words('a'), ended: words('a'), within: BLOCKS },
  { names: words('li'), ended: words('li'), within: words('ul ol menu table') },
  { names: words('dt dd'), ended: words('dt dd'), within: words('dl table') },
  { names: words('tr'), ended: words('tr caption'), within: words('table') },
  { names: words('td th'), ended: words('td th caption'), within: words('table') },
  { names: BLOCKS, ended: words('p b i u em strong mark code kbd samp var tt q del s strike'), within: BLOCKS },
  { names: words(`p ul ol dl table pre blockquote hr ${HEADINGS}`), ended: words(HEADINGS), within: BLOCKS },
];

/** The nodes of a `hast` tree, as the converter takes them. */
export type Element = Parameters<Handle>[1];
export type Root = Extract<Parameters<Handle>[2], { type: 'root' }>;

export interface HtmlTree {
  /** What the page shows: attributes are only `href`, `src` (both absolute), `alt`, `start`, `className` and `role`. */
  root: Root;
  /** Whether the page held more than the tree takes. */
  isCut: boolean;
}

/** Reads a page that came from `address` in time linear in its length; what is hidden is left out, unless `showHidden`. */
export async function readTree(html: string, address: string, options: { showHidden: boolean }): Promise<HtmlTree> {
  const builder = new TreeBuilder(address, options.showHidden);
  await readHtml(html, builder);
  return builder.finish();
}

/** The elements that fit, in the order of the page, without those inside of others. */
export function outermost(parent: Root | Element, fits: (element: Element) => boolean): Element[] {
  return parent.children.flatMap((child) => {
    if (child.type !== 'element') return [];
    return fits(child) ? [child] : outermost(child, fits);
  });
}

class TreeBuilder implements HtmlReader {
  readonly #root: Root = { type: 'root', children: [] };
  readonly #showHidden: boolean;
  readonly #open: Element[] = [];
  #base: string;
  #hidden: Element | undefined; // the outermost one that is open; it and what it holds belong to no tree
  #nodes = 0;
  #characters = 0;

  constructor(base: string, showHidden: boolean) {
    this.#base = base;
    this.#showHidden = showHidden;
  }

  open(name: string, attributes: ReadonlyMap<string, string>): void {
    if (name === 'base') this.#base = this.#resolve(attributes.get('href')) ?? this.#base;
    if (UNSEEN.has(name)) return;
    for (const { names, ended, within } of ENDINGS) if (names.has(name)) this.#endImplied(ended, within);
    if (name === 'img') this.#addImage(attributes);
    else if (VOID.has(name)) this.#add({ type: 'element', tagName: name, properties: {}, children: [] });
    else this.#begin(name, attributes);
  }

  close(name: string): void {
    const stopsAt = (opened: string) => opened === name || (TABLE_PARTS.has(opened) && !TABLE_PARTS.has(name));
    const index = this.#open.findLastIndex(({ tagName }) => stopsAt(tagName));
    if (this.#open[index]?.tagName === name) this.#endFrom(index);
  }

  text(text: string): void {
    if (this.#hidden || this.#nodes > MAX_NODES) return;
    const kept = text.slice(0, Math.max(0, MAX_CHARACTERS - this.#characters));
    this.#characters += text.length;
    const last = this.#parent.children.at(-1);
    if (last?.type === 'text') last.value += kept;
    else if (kept !== '') this.#add({ type: 'text', value: kept });
  }

  finish(): HtmlTree {
    this.#endFrom(0);
    return { root: this.#root, isCut: this.#nodes > MAX_NODES || this.#characters > MAX_CHARACTERS };
  }

  get #parent(): Root | Element {
    return this.#open.at(-1) ?? this.#root;
  }

  #add(node: Element['children'][number]): void {
    if (!this.#hidden && ++this.#nodes <= MAX_NODES) this.#parent.children.push(node);
  }

  #begin(name: string, attributes: ReadonlyMap<string, string>): void {
    const isHidden = HIDDEN.has(name) || (!this.#showHidden && name !== 'main' && hides(attributes));
    if (this.#open.length >= MAX_DEPTH && (this.#hidden || !isHidden)) return;
    const properties = this.#propertiesOf(name, attributes);
    const element: Element = { type: 'element', tagName: name, properties, children: [] };
    if (isHidden) this.#hidden ??= element;
    this.#add(element);
    this.#open.push(element);
  }

  #addImage(attributes: ReadonlyMap<string, string>): void {
    const src = this.#resolve(attributes.get('src'));
    const alt = (attributes.get('alt') ?? '').replace(/\s+/g, ' ').trim();
    if (alt === '' || !src?.startsWith('http')) this.text(alt);
    else this.#add({ type: 'element', tagName: 'img', properties: { src, alt }, children: [] });
  }

  #endImplied(ended: ReadonlySet<string>, within: ReadonlySet<string>): void {
    let from: number | undefined;
    for (let index = this.#open.length - 1; index >= 0; index--) {
      const opened = this.#open[index]?.tagName ?? '';
      if (ended.has(opened)) from = index;
      else if (within.has(opened)) break;
    }
    if (from !== undefined) this.#endFrom(from);
  }

  /** Ends open elements, innermost first. One without text leaves no more than a break or a space. */
  #endFrom(from: number): void {
    while (this.#open.length > from) {
      const element = this.#open.pop();
      if (element === this.#hidden) this.#hidden = undefined;
      const { tagName = '', children = [] } = element ?? {};
      const isEmpty = children.every((child) => child.type === 'text' && child.value.trim() === '');
      if (!isEmpty || TABLE_PARTS.has(tagName)) continue;
      if (element && BLOCKS.has(tagName)) element.tagName = 'div';
      else if (this.#parent.children.at(-1) === element) {
        this.#parent.children.pop();
        if (children.length > 0) this.text(' ');
      }
    }
  }

  #propertiesOf(name: string, attributes: ReadonlyMap<string, string>): Element['properties'] {
    const start = attributes.get('start') ?? '';
    return {
      href: name === 'a' ? this.#resolve(attributes.get('href')) : undefined,
      start: name === 'ol' && /^\d{1,6}$/.test(start) ? Number(start) : undefined,
      className: name === 'code' ? attributes.get('class')?.slice(0, 200).split(/\s+/) : undefined,
      role: attributes.get('role') === 'main' ? 'main' : undefined,
    };
  }

  /** A link's absolute address, or nothing where it leads nowhere that a reader could go. */
  #resolve(href: string | undefined): string | undefined {
    if (href === undefined || href.length > MAX_ADDRESS_CHARACTERS || href.trim().startsWith('#')) return undefined;
    try {
      const url = new URL(href, this.#base);
      if (!ADDRESS_SCHEMES.includes(url.protocol)) return undefined;
      return url.href.replace(/[ ()<>|\\]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
    } catch {
      return undefined;
    }
  }
}

function hides(attributes: ReadonlyMap<string, string>): boolean {
  if (attributes.has('hidden') && attributes.get('hidden') !== 'until-found') return true;
  return /display:none|visibility:hidden/i.test((attributes.get('style') ?? '').slice(0, 1_000).replace(/\s/g, ''));
}
