import { expect, test } from 'vitest';
import { visible } from '../../src/trace-viewer/visible-text';

test.each([
  ['a direction mark', '\u202egnp.exe\u202c', '⟨U+202E⟩gnp.exe⟨U+202C⟩'],
  ['a blank of no width', 'pay\u200bpal', 'pay⟨U+200B⟩pal'],
  ['a tag', 'a\u{e0041}b', 'a⟨U+E0041⟩b'],
  ['private use', '\ue0041', '⟨U+E004⟩1'],
  ['a control character', 'a\0b\x1b[31m', 'a⟨U+0000⟩b⟨U+001B⟩[31m'],
  ['half a pair', 'a\ud83d', 'a⟨U+D83D⟩'],
])('%s is shown as its number', (_, text, expected) => {
  expect(visible(text)).toBe(expected);
});

test('lines, tabs, other scripts and joined emoji stay as they are', () => {
  const text = 'one\n\ttwo — три 三 שלוש 👩‍👩‍👧 می‌خواهم';

  expect(visible(text)).toBe(text);
});
