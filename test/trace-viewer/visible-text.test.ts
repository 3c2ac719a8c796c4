import { expect, test } from 'vitest';
import { visible } from '../../src/trace-viewer/visible-text';

test.each([
  ['a direction mark', '\u202egnp.exe\u202c', '⟨U+202E⟩gnp.exe⟨U+202C⟩'],
  ['a blank of no width', 'pay\u200bpal', 'pay⟨U+200B⟩pal'],
  ['a tag', 'a\u{e0041}b', 'a⟨U+E0041⟩b'],
  ['private use', '\ue0041', '⟨U+E004⟩1'],
  ['a control character', 'a\0b\x1b[31m', 'a⟨U+0000⟩b⟨U+001B⟩[31m'],
  ['a variant of no picture', 'a\ufe0fb\u{e0100}', 'a⟨U+FE0F⟩b⟨U+E0100⟩'],
  ['a second variant', '❤\ufe0f\ufe0f', '❤\ufe0f⟨U+FE0F⟩'],
  [
    'a letter without a shape',
    'a\u3164\u115f\uffa0\u034f\u17b4\u180bb',
    'a⟨U+3164⟩⟨U+115F⟩⟨U+FFA0⟩⟨U+034F⟩⟨U+17B4⟩⟨U+180B⟩b',
  ],
  ['an empty pattern of dots', 'a\u2800b', 'a⟨U+2800⟩b'],
  [
    'a joiner between letters that do not join',
    'pay\u200dpal a\u0301\u200cb 人\u200d民',
    'pay⟨U+200D⟩pal a\u0301⟨U+200C⟩b 人⟨U+200D⟩民',
  ],
  ['a second joiner', 'می\u200c\u200cخ', 'می\u200c⟨U+200C⟩خ'],
  ['half a pair', 'a\ud83d', 'a⟨U+D83D⟩'],
])('%s is shown as its number', (_, text, expected) => {
  expect(visible(text)).toBe(expected);
});

test('lines, tabs, other scripts and joined emoji stay as they are', () => {
  const text = 'one\n\ttwo — три 三 שלוש 👩‍👩‍👧 👩🏽‍🚀 🏳️‍🌈 ❤️ 1️⃣ می‌خواهم क्‍ष ᠠ᠋';

  expect(visible(text)).toBe(text);
});
