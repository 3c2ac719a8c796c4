import { type HtmlTree, outermost, type Root, readTree } from './html-tree';
import { treeToMarkdown } from './tree-to-markdown';

const MIN_MAIN_SHARE = 0.2; // of the page's Markdown; a smaller main part must at least have
const MIN_MAIN_CHARACTERS = 50;
const MAX_TITLE_CHARACTERS = 1_000; // a title that is never closed holds the whole page

/**
 * The text of an HTML page as Markdown: its `<main>`, or its only `<article>`, or all of it; links absolute, scripts and
 * what is hidden left out, addresses other than http, https, mailto and tel dropped. `address` is where the page came from.
 */
export async function htmlToMarkdown(html: string, address: string): Promise<string> {
  const text = await pageText(await readTree(html, address, { showHidden: false }));
  // some pages hide everything until their script runs
  return text === '' ? pageText(await readTree(html, address, { showHidden: true })) : text;
}

async function pageText({ root, isCut }: HtmlTree): Promise<string> {
  const [text, title] = await Promise.all([mainText(root), titleText(root)]);
  const titled = title === '' || /^# /m.test(text) ? text : `${title}\n\n${text}`.trim();
  return isCut ? `${titled}\n\n[truncated: the page is longer]` : titled;
}

async function mainText(root: Root): Promise<string> {
  const mains = outermost(root, ({ tagName, properties }) => tagName === 'main' || properties.role === 'main');
  const articles = mains.length > 0 ? [] : outermost(root, ({ tagName }) => tagName === 'article');
  const chosen = articles.length === 1 ? articles : mains;
  const main = await treeToMarkdown({ type: 'root', children: chosen });
  if (main.length >= MIN_MAIN_CHARACTERS) return main;
  const whole = await treeToMarkdown(root);
  return main !== '' && main.length >= whole.length * MIN_MAIN_SHARE ? main : whole;
}

async function titleText(root: Root): Promise<string> {
  const children = outermost(root, ({ tagName }) => tagName === 'title')[0]?.children ?? [];
  if (children.length === 0) return '';
  const heading: Root = { type: 'root', children: [{ type: 'element', tagName: 'h1', properties: {}, children }] };
  return (await treeToMarkdown(heading)).slice(0, MAX_TITLE_CHARACTERS);
}
