import { type HtmlReader, readHtml } from './html-tokens';
import { MarkdownTable } from './markdown-table';
import { MarkdownWriter } from './markdown-writer';

const MAX_TABLE_DEPTH = 4; // tables inside these are read as plain blocks
const MAX_ADDRESS_CHARACTERS = 2_000;
const MIN_MAIN_SHARE = 0.2; // of the page's text; a smaller main part must at least have
const MIN_MAIN_CHARACTERS = 50;

const words = (text: string) => new Set(text.split(' '));
const SKIPPED = words('script style template svg iframe noembed noframes object canvas audio video select datalist');
const ALWAYS_SHOWN = words('html body main br hr img input meta link base wbr area col embed source track');
const END_BY_NEXT = words('p li dt dd tr td th option'); // a second one begins where the first was not closed
const BLOCKS = words(
  'p figure fieldset section article aside header footer nav main form details dl hgroup search caption',
);
const LINES = words(
  'div address center dd dt dir figcaption legend menu summary optgroup option thead tbody tfoot body html',
);
type Action = (writer: MarkdownWriter) => void;
const OPENINGS: Readonly<Record<string, Action>> = {
  b: (writer) => writer.openMark('**'),
  strong: (writer) => writer.openMark('**'),
  i: (writer) => writer.openMark('*'),
  em: (writer) => writer.openMark('*'),
  li: (writer) => writer.item(),
  ul: (writer) => writer.openList(undefined),
  kbd: (writer) => writer.openCode(),
  samp: (writer) => writer.openCode(),
  blockquote: (writer) => writer.openQuote(),
  hr: (writer) => writer.rule(),
};
const CLOSINGS: Readonly<Record<string, Action>> = {
  a: (writer) => writer.endLink(),
  b: (writer) => writer.closeMark('**'),
  strong: (writer) => writer.closeMark('**'),
  i: (writer) => writer.closeMark('*'),
  em: (writer) => writer.closeMark('*'),
  li: (writer) => writer.break(1),
  ul: (writer) => writer.closeList(),
  ol: (writer) => writer.closeList(),
  pre: (writer) => writer.endPreformatted(),
  code: (writer) => writer.endCode(),
  kbd: (writer) => writer.endCode(),
  samp: (writer) => writer.endCode(),
  blockquote: (writer) => writer.closeQuote(),
};
const ADDRESS_SCHEMES = ['http:', 'https:', 'mailto:', 'tel:'];

/**
 * The text of an HTML page as Markdown: its `<main>`, or its only `<article>`, or all of it; links absolute, scripts and
 * what is hidden left out, addresses other than http, https, mailto and tel dropped. Linear in the length of `html`,
 * whatever its nesting. `address` is where the page came from.
 */
export async function htmlToMarkdown(html: string, address: string): Promise<string> {
  const page = new PageReader(address);
  await readHtml(html, page);
  const text = page.finish();
  if (text !== '') return text;
  const unveiled = new PageReader(address, { showHidden: true }); // some pages hide everything until their script runs
  await readHtml(html, unveiled);
  return unveiled.finish();
}

interface Region {
  kind: 'main' | 'article';
  name: string;
  /** Elements of that name that are open inside, itself counted. */
  depth: number;
  start: number;
  end?: number;
}

class PageReader implements HtmlReader {
  #base: string;
  #showHidden: boolean;
  #root = new MarkdownWriter();
  #tables: MarkdownTable[] = [];
  #flatTables = 0; // open ones beyond the depth that is kept
  #skipped: { name: string; depth: number } | undefined;
  #title: string | undefined;
  #inTitle = false;
  #regions: Region[] = [];

  constructor(base: string, { showHidden = false }: { showHidden?: boolean } = {}) {
    this.#base = base;
    this.#showHidden = showHidden;
  }

  open(name: string, attributes: ReadonlyMap<string, string>): void {
    if (this.#skipped) {
      if (name !== this.#skipped.name) return;
      if (!END_BY_NEXT.has(name)) {
        this.#skipped.depth++;
        return;
      }
      this.#skipped = undefined;
    }
    if (SKIPPED.has(name) || (!this.#showHidden && !ALWAYS_SHOWN.has(name) && isHidden(attributes))) {
      this.#skipped = { name, depth: 1 };
      return;
    }
    this.#countRegion(name, 1);
    if (name === 'title') {
      this.#inTitle = true;
      this.#title ??= '';
    } else if (name === 'base') this.#base = this.#resolve(attributes.get('href')) ?? this.#base;
    else if (!this.#openTablePart(name)) openElement(this.#writer, name, attributes, (href) => this.#resolve(href));
    const kind =
      name === 'main' || attributes.get('role') === 'main' ? 'main' : name === 'article' ? 'article' : undefined;
    if (kind) this.#openRegion(kind, name);
  }

  close(name: string): void {
    if (this.#skipped) {
      if (name === this.#skipped.name && --this.#skipped.depth === 0) this.#skipped = undefined;
      return;
    }
    if (name === 'title') this.#inTitle = false;
    else if (!this.#closeTablePart(name)) closeElement(this.#writer, name);
    this.#countRegion(name, -1);
  }

  text(text: string): void {
    if (this.#skipped) return;
    if (this.#inTitle) this.#title += text;
    else this.#writer.text(text);
  }

  /** Ends what is open and gives the Markdown. */
  finish(): string {
    while (this.#tables.length > 0) this.#closeTable();
    this.#root.end();
    const whole = this.#root.slice();
    const main = this.#mainPart();
    const enough = main.length >= MIN_MAIN_CHARACTERS || main.length >= whole.length * MIN_MAIN_SHARE;
    const text = main !== '' && enough ? main : whole;
    const title = this.#title?.replace(/\s+/g, ' ').trim();
    return title && !/^# /m.test(text) ? `# ${title}\n\n${text}`.trim() : text;
  }

  #mainPart(): string {
    const mains = this.#regions.filter((region) => region.kind === 'main');
    const articles = this.#regions.filter((region) => region.kind === 'article');
    const chosen = mains.length > 0 ? mains : articles.length === 1 ? articles : [];
    return chosen
      .map(({ start, end }) => this.#root.slice(start, end))
      .join('\n\n')
      .trim();
  }

  get #writer(): MarkdownWriter {
    return this.#tables.findLast((table) => table.cell)?.cell ?? this.#root;
  }

  #openRegion(kind: Region['kind'], name: string): void {
    const isInside = this.#regions.some((region) => region.end === undefined);
    if (isInside || this.#tables.length > 0) return;
    this.#root.break(2);
    this.#regions.push({ kind, name, depth: 1, start: this.#root.position });
  }

  #countRegion(name: string, change: 1 | -1): void {
    const region = this.#regions.at(-1);
    if (!region || region.end !== undefined || region.name !== name) return;
    region.depth += change;
    if (region.depth === 0) region.end = this.#root.position;
  }

  /** Whether the tag was one of a table's, and is done with. */
  #openTablePart(name: string): boolean {
    const table = this.#tables.at(-1);
    if (name === 'table') {
      this.#writer.endPreformatted();
      this.#writer.endLink();
      this.#writer.break(2);
      if (this.#tables.length >= MAX_TABLE_DEPTH) this.#flatTables++;
      else this.#tables.push(new MarkdownTable());
      return true;
    }
    if (name !== 'tr' && name !== 'td' && name !== 'th') return false;
    if (!table || this.#flatTables > 0) this.#writer.break(1);
    else if (name === 'tr') this.#endRow(table);
    else table.openCell();
    return true;
  }

  #closeTablePart(name: string): boolean {
    const table = this.#tables.at(-1);
    if (name === 'table') {
      if (this.#flatTables > 0) this.#flatTables--;
      else if (table) this.#closeTable();
      return true;
    }
    if (name !== 'tr' && name !== 'td' && name !== 'th') return false;
    if (!table || this.#flatTables > 0) this.#writer.break(1);
    else if (name === 'tr') this.#endRow(table);
    else table.closeCell();
    return true;
  }

  #endRow(table: MarkdownTable): void {
    table.closeCell();
    table.writeRow(this.#writer); // no cell of this table is open now, so this is the writer around it
  }

  #closeTable(): void {
    const table = this.#tables.at(-1);
    if (table) this.#endRow(table);
    this.#tables.pop();
    this.#writer.break(2);
  }

  /** A link's absolute address, or nothing where it leads nowhere that a reader could go. */
  #resolve(href: string | undefined): string | undefined {
    if (href === undefined || href.length > MAX_ADDRESS_CHARACTERS || href.trim().startsWith('#')) return undefined;
    try {
      const url = new URL(href, this.#base);
      if (!ADDRESS_SCHEMES.includes(url.protocol)) return undefined;
      return url.href.replace(/[()]/g, (bracket) => (bracket === '(' ? '%28' : '%29'));
    } catch {
      return undefined;
    }
  }
}

function isHidden(attributes: ReadonlyMap<string, string>): boolean {
  if (attributes.has('hidden') && attributes.get('hidden') !== 'until-found') return true;
  return /display:none|visibility:hidden/i.test((attributes.get('style') ?? '').slice(0, 1_000).replace(/\s/g, ''));
}

function openElement(
  writer: MarkdownWriter,
  name: string,
  attributes: ReadonlyMap<string, string>,
  resolve: (href: string | undefined) => string | undefined,
): void {
  if (BLOCKS.has(name)) writer.break(2);
  else if (LINES.has(name) || name === 'br') writer.break(1);
  else if (/^h[1-6]$/.test(name)) writer.heading(Number(name[1]));
  else if (name === 'a') {
    const href = resolve(attributes.get('href'));
    if (href === undefined) writer.endLink();
    else writer.openLink(href);
  } else if (name === 'img') {
    const source = resolve(attributes.get('src'));
    const alternative = attributes.get('alt') ?? '';
    if (source?.startsWith('http')) writer.image(alternative, source);
    else writer.text(alternative);
  } else if (name === 'ol') {
    const start = attributes.get('start') ?? '';
    writer.openList(/^\d{1,6}$/.test(start) ? Number(start) : 1);
  } else if (name === 'pre' || name === 'code') {
    if (name === 'pre') writer.openPreformatted();
    writer.language(languageOf(attributes));
    if (name === 'code') writer.openCode();
  } else if (Object.hasOwn(OPENINGS, name)) OPENINGS[name]?.(writer);
}

function closeElement(writer: MarkdownWriter, name: string): void {
  if (BLOCKS.has(name)) writer.break(2);
  else if (LINES.has(name)) writer.break(1);
  else if (/^h[1-6]$/.test(name)) writer.endHeading();
  else if (Object.hasOwn(CLOSINGS, name)) CLOSINGS[name]?.(writer);
}

function languageOf(attributes: ReadonlyMap<string, string>): string {
  return /(?:^|\s)(?:language|lang)-([\w+#-]{1,20})/.exec((attributes.get('class') ?? '').slice(0, 200))?.[1] ?? '';
}
