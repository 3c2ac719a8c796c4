const MAX_LIST_DEPTH = 8; // deeper items are shown at this depth, so that no page makes lines of spaces
const MAX_LINK_CHARACTERS = 2_000; // a link that is never closed ends here
const MAX_QUOTE_DEPTH = 4;

type Mark = '**' | '*';
type Pending = { mark: Mark } | { link: string };

/**
 * Writes Markdown from left to right: blocks, lists, quotes, headings, emphasis, links, code. Marks and blank lines are
 * only written once text follows, so that nothing empty comes out, and whatever is not closed ends with its block.
 */
export class MarkdownWriter {
  #parts: string[] = [];
  #last = ''; // the last character written
  #newlines = 0; // wanted before the next text
  #space = false;
  #prefix = ''; // heading marks or a list item's bullet, before the next text
  #lists: { next: number | undefined; isNew: boolean }[] = [];
  #quotes = 0;
  #pending: Pending[] = [];
  #open: Mark[] = [];
  #link: { href: string; start: number; length: number } | undefined;
  #code: string[] | undefined;
  #preformatted: { language: string; parts: string[] } | undefined;

  /** How many pieces are written: a place to cut at with `slice`. */
  get position(): number {
    return this.#parts.length;
  }

  slice(start = 0, end?: number): string {
    return this.#parts.slice(start, end).join('').trim();
  }

  /** Text as HTML has it: white space counts as one space. */
  text(text: string): void {
    if (this.#preformatted) this.#preformatted.parts.push(text);
    else if (this.#code) this.#code.push(text);
    else {
      const words = text.replace(/[ \t\n\r\f\u00a0]+/g, ' ');
      if (words.startsWith(' ')) this.#space = true;
      const inner = words.trim();
      if (inner === '') return;
      this.#write(inner);
      this.#space = words.endsWith(' ');
    }
  }

  /** A new line (1) or a blank one (2) before the next text. In a link only a space. */
  break(newlines: 1 | 2): void {
    if (this.#preformatted) this.#preformatted.parts.push('\n');
    else if (this.#link) this.#space = true;
    else {
      this.endCode();
      if (this.#open.length > 0) this.#parts.push(...this.#open.splice(0).reverse());
      this.#pending = this.#pending.filter((pending) => 'link' in pending);
      // right after a bullet or heading marks their own text comes first
      if (this.#prefix === '') this.#newlines = Math.max(this.#newlines, newlines);
      this.#space = false;
    }
  }

  heading(level: number): void {
    this.break(2);
    if (!this.#link && !this.#preformatted) this.#prefix = `${this.#prefix.replace(/#+ $/, '')}${'#'.repeat(level)} `;
  }

  endHeading(): void {
    this.#prefix = this.#prefix.replace(/#+ $/, '');
    this.break(2);
  }

  rule(): void {
    this.break(2);
    if (this.#link || this.#preformatted) return;
    this.#write('---');
    this.break(2);
  }

  openList(first: number | undefined): void {
    this.endLink();
    this.break(this.#lists.length === 0 ? 2 : 1);
    this.#lists.push({ next: first, isNew: true });
  }

  closeList(): void {
    this.endLink();
    this.#lists.pop();
    this.#prefix = '';
    this.break(this.#lists.length === 0 ? 2 : 1);
  }

  item(): void {
    this.endLink();
    this.break(1);
    const list = this.#lists.at(-1);
    if (list && !list.isNew) this.#newlines = 1; // items stay together, also those that hold paragraphs
    if (list) list.isNew = false;
    this.#prefix = list?.next === undefined ? '- ' : `${list.next++}. `;
  }

  openQuote(): void {
    this.break(2);
    this.#quotes++;
  }

  closeQuote(): void {
    this.break(2);
    this.#quotes = Math.max(0, this.#quotes - 1);
  }

  openMark(mark: Mark): void {
    const isOpen =
      this.#open.includes(mark) || this.#pending.some((pending) => 'mark' in pending && pending.mark === mark);
    if (!isOpen && !this.#code && !this.#preformatted) this.#pending.push({ mark });
  }

  closeMark(mark: Mark): void {
    this.#pending = this.#pending.filter((pending) => !('mark' in pending) || pending.mark !== mark);
    if (this.#open.at(-1) !== mark) return; // crossed over another one: both end with the block
    this.#open.pop();
    this.#put(mark);
  }

  image(alternative: string, address: string): void {
    const text = alternative.replace(/[[\]\s]+/g, ' ').trim();
    if (text !== '' && !this.#code && !this.#preformatted) this.#write(`![${text}](${address})`, true);
  }

  openLink(href: string): void {
    this.endLink();
    if (!this.#code && !this.#preformatted) this.#pending.push({ link: href });
  }

  endLink(): void {
    this.#pending = this.#pending.filter((pending) => !('link' in pending));
    const link = this.#link;
    this.#link = undefined;
    if (!link) return;
    const text = this.#parts.splice(link.start).join('');
    this.#put(`[${text}](${link.href})`);
  }

  openCode(): void {
    if (!this.#code && !this.#preformatted) this.#code = [];
  }

  endCode(): void {
    const text = this.#code?.join('').replace(/\s+/g, ' ').trim();
    this.#code = undefined;
    if (!text) return;
    const fence = text.includes('`') ? '``' : '`';
    const room = fence === '``' ? ' ' : '';
    this.#write(`${fence}${room}${text}${room}${fence}`, true);
  }

  openPreformatted(): void {
    if (this.#preformatted) return;
    this.endLink();
    this.break(2);
    this.#preformatted = { language: '', parts: [] };
  }

  /** Names the language of the preformatted text under way; elsewhere nothing happens. */
  language(name: string): void {
    if (this.#preformatted?.language === '') this.#preformatted.language = name;
  }

  endPreformatted(): void {
    const block = this.#preformatted;
    this.#preformatted = undefined;
    const text = block?.parts
      .join('')
      .replace(/^\r?\n/, '')
      .trimEnd();
    if (!block || !text) return;
    const longest = (text.match(/`{3,}/g) ?? []).reduce((most, run) => Math.max(most, run.length), 2);
    const fence = '`'.repeat(longest + 1);
    this.verbatim(`${fence}${block.language}\n${text}\n${fence}`);
  }

  /** Lines that are Markdown already, as a block of their own. */
  verbatim(lines: string): void {
    this.break(2);
    this.#write(lines.replaceAll('\n', `\n${this.#margin()}`), true);
    this.break(2);
  }

  /** One line of Markdown, right below the line before. */
  line(line: string): void {
    this.break(1);
    this.#write(line, true);
    this.break(1);
  }

  /** Ends all that is still open. */
  end(): void {
    this.endPreformatted();
    this.endLink();
    this.break(2);
  }

  #write(text: string, isMarkdown = false): void {
    this.#startLine();
    for (const pending of this.#pending.splice(0)) {
      if ('link' in pending) this.#link = { href: pending.link, start: this.#parts.length, length: 0 };
      else {
        this.#open.push(pending.mark);
        this.#put(pending.mark);
      }
    }
    // text must not make links of its own, neither in one piece nor in two
    const safe = isMarkdown ? text : text.replaceAll('](', ']\\(');
    this.#put(!isMarkdown && this.#last === ']' && safe.startsWith('(') ? `\\${safe}` : safe);
    if (!this.#link) return;
    this.#link.length += text.length;
    if (this.#link.length > MAX_LINK_CHARACTERS) this.endLink();
  }

  #startLine(): void {
    if (this.#parts.length === 0) this.#put(this.#margin() + this.#prefix);
    else if (this.#newlines > 0) {
      const blank = this.#quotes > 0 ? `\n${this.#margin().trimEnd()}` : '\n';
      this.#put(`${this.#newlines > 1 ? blank : ''}\n${this.#margin()}${this.#prefix}`);
    } else if (this.#space) this.#put(' ');
    this.#newlines = 0;
    this.#space = false;
    this.#prefix = '';
  }

  #margin(): string {
    const depth = Math.min(this.#lists.length, MAX_LIST_DEPTH) - (/^[-\d]/.test(this.#prefix) ? 1 : 0);
    return '> '.repeat(Math.min(this.#quotes, MAX_QUOTE_DEPTH)) + '  '.repeat(Math.max(0, depth));
  }

  #put(text: string): void {
    this.#parts.push(text);
    this.#last = text.at(-1) ?? this.#last;
  }
}
