import { expect, test } from 'vitest';
import { cut, show } from '../../src/executors/show';

test('texts are shown as they are, and other values in the way of JSON', () => {
  expect(show('a "b"')).toBe('a "b"');
  expect(show({ a: [1, 'x', null], b: undefined })).toBe('{"a":[1,"x",null],"b":undefined}');
});

test('what JSON lacks is shown in the way of JavaScript', () => {
  const value = [
    new Map([['a', 1]]),
    new Set([1]),
    12n,
    -0,
    Number.NaN,
    new Date(0),
    new TypeError('no'),
    /a/g,
    new Uint8Array([1, 2]),
  ];

  expect(show(value)).toBe(
    '[Map{"a" => 1},Set{1},12n,-0,NaN,1970-01-01T00:00:00.000Z,TypeError: no,/a/g,Uint8Array[1,2]]',
  );
});

test('cycles, promises and getters that throw do not stop it', () => {
  const loop: Record<string, unknown> = { later: Promise.resolve() };
  loop.self = loop;
  Object.defineProperty(loop, 'bad', {
    enumerable: true,
    get: () => {
      throw new Error('no');
    },
  });

  expect(show(loop)).toBe('{"later":[Promise: await it to get its value],"self":[Circular],"bad":[Unreadable]}');
});

test('it stops soon after the limit', () => {
  const long = Array.from({ length: 1e6 }, (_, index) => index);

  expect(show(long, 100).length).toBeLessThan(200);
});

test('a text that is too long keeps its head and its tail around a notice', () => {
  const text = `${'a'.repeat(500)}${'z'.repeat(500)}`;

  const short = cut(text, 100);

  expect(short).toMatch(/^a{50}\n.*truncated.* 100 .*\nz{50}$/);
  expect(cut('short', 100)).toBe('short');
});

test('a text is cut between characters, never inside one of two units', () => {
  const boats = '🛟'.repeat(20);

  for (const kept of [9, 10, 11]) expect(cut(boats, kept)).toMatch(/^🛟+\n\.\.\._.*_\.\.\.\n🛟+$/u);
});
