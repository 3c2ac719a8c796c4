import type { Handle as ReadElement, State as Reading } from 'hast-util-to-mdast';
import type { Info, State, Handle as WriteNode } from 'mdast-util-to-markdown';
import { type Element, outermost, type Root } from './html-tree';

type Content = ReturnType<Reading['all']>[number];

const CELLS = ['td', 'th'];
const NOT_IN_CELLS = ['table', 'ul', 'ol', 'dl', 'pre', 'blockquote', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6'];
const MAX_SPARSENESS = 4; // places for each cell: rows of unequal length are filled up to the longest

/** A page, or a part of it, as Markdown with the tables and the deleted text of GitHub's dialect. The tree is left as it is. */
export async function treeToMarkdown(root: Root): Promise<string> {
  const [{ defaultHandlers, toMdast }, { toMarkdown }, { gfmTableToMarkdown }, { gfmStrikethroughToMarkdown }] =
    await Promise.all([
      import('hast-util-to-mdast'), // with the others 20 KB gzipped: only who reads pages pays
      import('mdast-util-to-markdown'),
      import('mdast-util-gfm-table'),
      import('mdast-util-gfm-strikethrough'),
    ]);
  const readTable: ReadElement = (state, table) => {
    if (!holdsData(table)) return state.toFlow(state.all(withoutTable(table)));
    const captions = outermost(table, ({ tagName }) => tagName === 'caption');
    return [...captions.flatMap((caption) => state.toFlow(state.all(caption))), defaultHandlers.table(state, table)];
  };
  const readLink: ReadElement = (state, link) => {
    const children = state.all(link);
    if (!link.properties.href || !children.some(isSeen)) return children;
    return Object.assign(defaultHandlers.a(state, { ...link, children: [] }), { children });
  };
  const mdast = toMdast(root, {
    document: true,
    handlers: { a: readLink, table: readTable, menu: defaultHandlers.ul, dialog: defaultHandlers.div },
  });
  const markdown = toMarkdown(mdast, {
    bullet: '-',
    rule: '-',
    extensions: [gfmTableToMarkdown({ tablePipeAlign: false }), gfmStrikethroughToMarkdown()],
    handlers: { link: writeLink, strong: mark('strong', '**'), emphasis: mark('emphasis', '*') },
  });
  return markdown.trim();
}

/** Whether a table is one, and not a means to lay out the page. */
function holdsData(table: Element): boolean {
  const rows = outermost(table, ({ tagName }) => tagName === 'tr');
  const columns = rows.map((row) => outermost(row, ({ tagName }) => CELLS.includes(tagName)));
  const most = columns.reduce((longest, { length }) => Math.max(longest, length), 0);
  const cells = columns.flat();
  return most > 1 && rows.length * most <= cells.length * MAX_SPARSENESS && cells.every(isPlain);
}

function isPlain(cell: Element): boolean {
  const blocks = outermost(cell, ({ tagName }) => NOT_IN_CELLS.includes(tagName));
  return blocks.length === 0 && outermost(cell, ({ tagName }) => tagName === 'p' || tagName === 'div').length <= 1;
}

/** A table whose parts are plain blocks. */
function withoutTable(element: Element): Element {
  const children = element.children.map((child) => {
    const isPart = child.type === 'element' && /^(?:t[rdh]|caption)$/.test(child.tagName);
    return isPart ? withoutTable(child) : child;
  });
  return { ...element, tagName: 'div', children };
}

function isSeen(node: Content): boolean {
  if (node.type === 'image') return true;
  return 'value' in node ? node.value.trim() !== '' : 'children' in node && node.children.some(isSeen);
}

/** A link without the backslashes that the library puts before each `&` of an address: models read it as it is. */
function writeLink(node: Extract<Content, { type: 'link' }>, _parent: unknown, state: State, info: Info): string {
  const exits = [state.enter('link'), state.enter('label')];
  const text = state.containerPhrasing(node, { ...info, before: '[', after: ']' });
  for (const exit of exits.reverse()) exit();
  return `[${text}](${node.url})`;
}
writeLink.peek = () => '[';

/** Strong or emphasized text, spaces outside. The library would encode spaces inside, and letters right beside the sign. */
function mark(construct: 'strong' | 'emphasis', sign: string): WriteNode {
  const write: WriteNode = (node, _parent, state, info) => {
    const exit = state.enter(construct);
    const text = state.containerPhrasing(node, { ...info, before: sign, after: sign });
    exit();
    const marked = text.trim();
    return marked === '' ? text : text.replace(marked, () => sign + marked + sign);
  };
  return Object.assign(write, { peek: () => '*' });
}
