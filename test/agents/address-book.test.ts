import { expect, test } from 'vitest';
import { AddressBook } from '../../src/agents/calls/address-book';

const given = (...texts: string[]) => new AddressBook(undefined, { texts, found: [] });

test.each([
  ['https://tide.example/a', 'https://tide.example/a'],
  ['Read https://tide.example/a.', 'https://tide.example/a'],
  ['(see https://tide.example/a, please)', 'https://tide.example/a'],
  ['[tides](https://tide.example/a)', 'https://tide.example/a'],
  ['**https://tide.example/a**', 'https://tide.example/a'],
  ['https://wiki.example/Moore_(disambiguation)', 'https://wiki.example/Moore_(disambiguation)'],
  ["https://wiki.example/Moore's_law", "https://wiki.example/Moore's_law"],
  ["{'page':'https://tide.example/a','next':'https://tide.example/b'}", 'https://tide.example/b'],
  ["{'page':'https://tide.example/a','next':'https://tide.example/b'}", 'https://tide.example/a'],
  ['https://old.example/2001/https://tide.example/a', 'https://old.example/2001/https://tide.example/a'],
  ['请看https://tide.example/a。谢谢', 'https://tide.example/a'],
  ['What does tide.example say?', 'https://tide.example/'],
  ['Look at tide.example:8080/a?b=1.', 'https://tide.example:8080/a?b=1'],
  ['HTTPS://Tide.Example/a', 'https://tide.example/a'],
  ['http://tide.example/a/', 'https://tide.example/a#part'],
  ['https://tide.example./a', 'https://tide.example:443/a'],
])('the text %s gives %s', (text, address) => {
  expect(given(text).has(address)).toBe(true);
});

test.each([
  ['https://tide.example/a', 'https://tide.example/b'],
  ['https://tide.example/a', 'https://tide.example/a?told=secret'],
  ['https://tide.example/a', 'https://tide.example/A'],
  ['https://tide.example/a', 'https://evil.example/https://tide.example/a'],
  ['https://tide.example/a', 'https://tide.example@evil.example/a'],
  ['https://tide.example/a', 'https://tide.example.evil.example/a'],
  ['write to ines@tide.example', 'https://tide.example/'],
  ['1.5 and 2.8%', 'https://1.5/'],
  ['ftp://tide.example/a', 'ftp://tide.example/a'],
  ['no address at all', ''],
])('the text %s does not give %s', (text, address) => {
  expect(given(text).has(address)).toBe(false);
});

test('what is found below is known in the whole tree, and found for those above it alone', () => {
  const top = given('https://tide.example/task');
  const searcher = new AddressBook(top, { texts: ['https://evil.example/'], found: [] });
  const reader = new AddressBook(top, { texts: [], found: [] });

  searcher.add('https://tide.example/result');
  searcher.add('https://tide.example/result/');
  searcher.add('no address');

  expect(reader.has('https://tide.example/result')).toBe(true);
  expect(reader.has('https://tide.example/task')).toBe(true);
  expect(searcher.has('https://evil.example/')).toBe(false); // its texts are a manager's, which has a book of its own
  expect([top.found, searcher.found, reader.found]).toEqual([
    ['https://tide.example/result'],
    ['https://tide.example/result'],
    [],
  ]);
});

test('a text made to be slow is read in time that grows with its length alone', () => {
  const hostile = ['https://', 'https://a.b/', "a.a'", '', 'https://a.b/,'].map((start) =>
    `${start}${','.repeat(2_000 - start.length)}x `.repeat(500),
  );

  const book = given(...hostile, 'a'.repeat(1_000_000), 'a.'.repeat(500_000), 'https://tide.example/a');

  expect(book.has('https://tide.example/a')).toBe(true);
});
