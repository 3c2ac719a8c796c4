import { expect, test } from 'vitest';
import { htmlToMarkdown } from '../../src/tools/html-to-markdown';

const convert = (html: string) => htmlToMarkdown(html, 'https://pages.example/a/b');

test.each([
  ['headings', '<h1>One</h1><h2> Two <i>b</i></h2><p>x</p><h3></h3>y', '# One\n\n## Two *b*\n\nx\n\ny'],
  ['lists in lists', '<ul><li>a<ol start=3><li>b<li>c</ol><li>d</ul>e', '- a\n\n  3. b\n  4. c\n\n- d\n\ne'],
  ['a heading in an item', '<ul><li><h3>T</h3>x</ul>', '- ### T\n  x'],
  ['quotes', '<blockquote><p>a<p>b</blockquote>c', '> a\n>\n> b\n\nc'],
  [
    'code',
    '<p>use <code>a  `b</code> or<pre><code class="language-js">x\n\n```\n y</code></pre>',
    'use ``a `b`` or\n\n````js\nx\n\n```\n y\n````',
  ],
  ['emphasis next to spaces', '<p>a <b> b </b>c<i></i> <b><i>d</i></b>', 'a **b** c ***d***'],
  ['emphasis that is never closed', '<p><b>a<p>b', '**a**\n\nb'],
  [
    'a link around blocks',
    '<a href="../c"><div><h3>T</h3><p>x</p></div></a>',
    '### [T](https://pages.example/c)\n\n[x](https://pages.example/c)',
  ],
  ['a link in a link', '<a href="/1">a<a href="/2">b</a>', '[a](https://pages.example/1)[b](https://pages.example/2)'],
  ['brackets in an address', '<a href="/x_(y)">t</a>', '[t](https://pages.example/x_%28y%29)'],
  ['a base address', '<base href="https://b.example/d/"><a href="e">t</a>', '[t](https://b.example/d/e)'],
  ['links to the same page', '<a href="#top">up</a>', 'up'],
  ['pictures', '<img src="/p.png" alt="a [b]\nc"><img src="/q.png">', '![a \\[b\\] c](https://pages.example/p.png)'],
  [
    'text that plays a link',
    '<p>[click](https://evil.example) [a]<b>(x)</b>',
    '\\[click]\\(https://evil.example) \\[a]**(x)**',
  ],
  ['line breaks and rules', 'a<br>b<hr>c', 'a\\\nb\n\n---\n\nc'],
  ['entities', '<p>&lt;b&gt; &amp; &#8364; &notit;', '\\<b> & € ¬it;'],
  ['a table', '<table><tr><th>a<th>b|c<tr><td>1<td></table>x', '| a | b\\|c |\n| - | - |\n| 1 | |\n\nx'],
  [
    'a caption, and cells that are left out',
    '<table><caption>C</caption><tr><th>a<th>b<tr><td>1</table>',
    'C\n\n| a | b |\n| - | - |\n| 1 | |',
  ],
  [
    'a table in a table',
    '<table><tr><td>a<table><tr><td>b<td>c</table><td>d</table>',
    'a\n\n| | |\n| - | - |\n| b | c |\n\nd',
  ],
  ['an address with `&`', '<a href="/?a=1&amp;b=2">t</a>', '[t](https://pages.example/?a=1&b=2)'],
  ['marks right beside letters', '<p>a<b>b: </b>c <b>「d」</b>e', 'a**b:** c **「d」**e'],
  ['deleted text', '<p><del>a</del> <s>b</s>', '~~a~~ ~~b~~'],
  ['a link or mark around nothing', '<p>a <a href="/b"><i class="icon"></i></a><b> </b>c', 'a c'],
  ['a table for layout', '<table><tr><td><h2>T</h2><p>x</p><td>side</table>', '## T\n\nx\n\nside'],
  ['what is hidden', '<p>a<div hidden>b<div>c</div></div><p style="display: none">d<p>e', 'a\n\ne'],
  ['a page hidden until its script runs', '<body><div style="display:none"><p>all of it</div>', 'all of it'],
  [
    'scripts and styles',
    'a<script>"<p>x"</script><style>y</style><svg><title>z</title></svg><template>t</template>b',
    'ab',
  ],
])('%s', async (_, html, markdown) => {
  expect(await convert(html)).toBe(markdown);
});

test('the title heads a page that has no first heading', async () => {
  expect(await convert('<title>Tide &amp; time</title><p>x')).toBe('# Tide & time\n\nx');
  expect(await convert('<title>Tide</title><h1>Other</h1>')).toBe('# Other');
  expect(await convert(`<p>text</p><title>${'never closed '.repeat(10_000)}`)).toMatch(/^# never.{900,}\n\ntext$/);
});

test('the main part is what counts, unless next to nothing is in it', async () => {
  const menu = `<nav>${'<a href="/x">entry</a> '.repeat(30)}</nav>`;
  const story = 'A long enough story to be what this page is about.';

  expect(await convert(`${menu}<main><p>${story}</main><footer>foot</footer>`)).toBe(story);
  expect(await convert(`${menu}<article>${story}</article>`)).toBe(story);
  expect(await convert(`<p>intro</p><article>${story}</article><article>${story}</article>`)).toMatch(/^intro/);
  expect(await convert(`${menu}<main>Loading</main>`)).toContain('entry');
});

test('a row of many cells above many rows of one does not fill up the table', async () => {
  const markdown = await convert(`<table><tr>${'<td>a'.repeat(5_000)}${'<tr><td>b'.repeat(5_000)}</table>`);

  expect(markdown.length).toBeLessThan(100_000);
});

test('a page longer than what is read of it says so', async () => {
  const markdown = await convert(`<p>start${'<p>more'.repeat(40_000)}<p>end`);

  expect(markdown).toMatch(/^start\n/);
  expect(markdown).toMatch(/\n\n\[truncated: the page is longer\]$/);
});

test.each([
  '<b>',
  '<div><b>',
  '<ul><li>',
  '<table><tr><td>',
  '<table><tr><td>x<tr><td>y<td>z</table>',
  '<a href=x> </a>',
  '<a href=x><div>x',
  '<a href=x>',
  '<blockquote>x',
  '<h1>',
  '<p hidden>x',
  '<td>a',
  '&',
  '<a b="',
  '<!--',
])('half a megabyte of %j takes work linear in its length', async (piece) => {
  const before = process.cpuUsage();

  await convert(`${piece.repeat(Math.floor(500_000 / piece.length))}end`);

  const { user } = process.cpuUsage(before);
  expect(user).toBeLessThan(4_000_000); // microseconds of this process, however busy the machine is; parsers whose work is not linear took 7 s and more
});
