import { expect, test } from 'vitest';
import { htmlToMarkdown } from '../../src/tools/html-to-markdown';

const convert = (html: string) => htmlToMarkdown(html, 'https://pages.example/a/b');

test.each([
  ['headings', '<h1>One</h1><h2> Two <i>b</i></h2>x<h3></h3>y', '# One\n\n## Two *b*\n\nx\n\ny'],
  ['lists in lists', '<ul><li>a<ol start=3><li>b<li><p>c</p></ol><li>d</ul>e', '- a\n  3. b\n  4. c\n- d\n\ne'],
  ['a heading in an item', '<ul><li><h3>T</h3>x</ul>', '- ### T\n\n  x'],
  ['quotes', '<blockquote><p>a<p>b</blockquote>c', '> a\n>\n> b\n\nc'],
  [
    'code',
    '<p>use <code>a  `b</code> or<pre><code class="language-js">x\n\n```\n y</code></pre>',
    'use `` a `b `` or\n\n````js\nx\n\n```\n y\n````',
  ],
  ['emphasis next to spaces', '<p>a <b> b </b>c<i></i> <b><i>d</i></b>', 'a **b** c ***d***'],
  ['emphasis that is never closed', '<p><b>a<p>b', '**a**\n\nb'],
  ['a link around blocks', '<a href="../c"><div><h3>T</h3><p>x</p></div></a>', '### [T x](https://pages.example/c)'],
  ['a link in a link', '<a href="/1">a<a href="/2">b</a>', '[a](https://pages.example/1)[b](https://pages.example/2)'],
  ['brackets in an address', '<a href="/x_(y)">t</a>', '[t](https://pages.example/x_%28y%29)'],
  ['a base address', '<base href="https://b.example/d/"><a href="e">t</a>', '[t](https://b.example/d/e)'],
  ['links to the same page', '<a href="#top">up</a>', 'up'],
  ['pictures', '<img src="/p.png" alt="a [b]\nc"><img src="/q.png">', '![a b c](https://pages.example/p.png)'],
  [
    'text that plays a link',
    '<p>[click](https://evil.example) [a]<b>(x)</b>',
    '[click]\\(https://evil.example) [a]**(x)**',
  ],
  ['line breaks and rules', 'a<br>b<hr>c', 'a\nb\n\n---\n\nc'],
  ['entities', '<p>&lt;b&gt; &amp; &#8364; &notit;', '<b> & € ¬it;'],
  ['a table', '<table><tr><th>a<th>b|c<tr><td>1<td></table>x', '| a | b\\|c |\n| --- | --- |\n| 1 |  |\n\nx'],
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
});

test('the main part is what counts, unless next to nothing is in it', async () => {
  const menu = `<nav>${'<a href="/x">entry</a> '.repeat(30)}</nav>`;
  const story = 'A long enough story to be what this page is about.';

  expect(await convert(`${menu}<main><p>${story}</main><footer>foot</footer>`)).toBe(story);
  expect(await convert(`${menu}<article>${story}</article>`)).toBe(story);
  expect(await convert(`<p>intro</p><article>${story}</article><article>${story}</article>`)).toMatch(/^intro/);
  expect(await convert(`${menu}<main>Loading</main>`)).toContain('entry');
});

test.each([
  '<b>',
  '<div><b>',
  '<ul><li>',
  '<table><tr><td>',
  '<a href=x>',
  '<blockquote>x',
  '<h1>',
  '<p hidden>x',
  '<td>a',
  '&',
  '<a b="',
  '<!--',
])('half a megabyte of %j takes time linear in its length', async (piece) => {
  const before = performance.now();

  await convert(`${piece.repeat(Math.floor(500_000 / piece.length))}end`);

  expect(performance.now() - before).toBeLessThan(3_000);
});
