import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { decode, encode, fromJson, toJson } from '../../src/executors/codec';
import { MAX_DEPTH } from '../../src/executors/revive';

/** Pseudo-random numbers in [0, 1), the same in every run. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const KEYS = ['a', '$', '__proto__', 'constructor', 'then', 'value', '', '0', 'ü\u2028'];
const LEAVES: readonly (() => unknown)[] = [
  () => null,
  () => undefined,
  () => true,
  () => -0,
  () => Number.NaN,
  () => Number.NEGATIVE_INFINITY,
  () => 1.5e300,
  () => 12345678901234567890n,
  () => '\ud800 lone, "quoted" \u2029',
  () => new Date(86_400_000),
  () => /a\/b[/]/giu,
  () => new TypeError('no'),
  () => new Uint8Array([1, 2, 255]),
  () => new Float64Array([0.5, -0]),
  () => new BigInt64Array([-1n]),
  () => new Uint8Array([7]).buffer,
];

function anyValue(roll: () => number, depth: number): unknown {
  const kind = Math.floor(roll() * (depth > 0 ? 9 : 5));
  if (kind < 5) return LEAVES[Math.floor(roll() * LEAVES.length)]?.();
  const items = Array.from({ length: Math.floor(roll() * 4) }, () => anyValue(roll, depth - 1));
  if (kind === 5) return items;
  if (kind === 6) return new Set(items);
  if (kind === 7) return new Map(items.map((item, index) => [index % 2 ? `${index}` : { key: index }, item]));
  const object = {};
  for (const value of items) {
    const key = KEYS[Math.floor(roll() * KEYS.length)] ?? 'a';
    Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
  }
  return object;
}

test('what is encoded comes back equal, whatever it is made of', () => {
  const roll = dice(42);
  for (let round = 0; round < 2_000; round++) {
    const value = anyValue(roll, 4);

    const back = decode(encode(value));

    expect(isDeepStrictEqual(back, value), encode(value)).toBe(true); // vitest's own takes a key named constructor for the class
    expect(isDeepStrictEqual(fromJson(toJson(value)), value)).toBe(true);
  }
});

test('a date that is none stays one', () => {
  const back = decode(encode(new Date(Number.NaN)));

  expect(back).toBeInstanceOf(Date);
  expect(Number(back)).toBeNaN();
});

test('a key named __proto__ becomes an own property and pollutes nothing', () => {
  const evil: unknown = JSON.parse('{"__proto__":{"polluted":true}}');

  const back = decode(encode(evil));

  expect(Object.keys(back as object)).toEqual(['__proto__']);
  expect(Reflect.get({}, 'polluted')).toBeUndefined();
});

test('a cycle is marked in answers and refused, with its place, in arguments', () => {
  const loop: Record<string, unknown> = { list: [1] };
  loop.list = [loop];

  expect(decode(encode(loop))).toEqual({ list: ['[Circular]'] });
  expect(() => encode(loop, { cycles: 'error' })).toThrow('.list[0] is a cycle');
});

test('a value that is referred to twice is no cycle', () => {
  const shared = { a: 1 };

  expect(decode(encode([shared, shared], { cycles: 'error' }))).toEqual([{ a: 1 }, { a: 1 }]);
});

test('functions and promises in data are left out or marked, and a promise in arguments is refused', () => {
  const value = { call: () => 1, list: [() => 1], later: Promise.resolve(1) };

  expect(decode(encode(value))).toEqual({ list: [null], later: '[Promise]' });
  expect(() => encode(value, { cycles: 'error' })).toThrow('await it first');
});

test('nesting is bounded', () => {
  let deep: unknown = 1;
  for (let depth = 0; depth < MAX_DEPTH; depth++) deep = [deep];

  expect(decode(encode(deep, { cycles: 'error' }))).toEqual(deep);
  expect(() => encode([deep], { cycles: 'error' })).toThrow('nested more than 200 deep');
  expect(encode([deep])).toContain('[Too deep]');
});

test('a text over the limit is refused while it is built', () => {
  const shared = 'x'.repeat(1_000);
  const bomb = Array.from({ length: 1e6 }, () => shared);

  expect(() => encode(bomb, { maxCharacters: 5_000 })).toThrow('longer than 5000 characters');
  expect(() => encode(new Uint8Array(9_000), { maxCharacters: 5_000 })).toThrow(RangeError);
});

test('text that was not encoded here is refused', () => {
  const texts = [
    '',
    '{',
    '{"$":1}',
    '{"$":"Nope","value":""}',
    '{"$":"Map","value":[1]}',
    '{"$":"RegExp","value":["(",""]}',
  ];
  texts.push(
    '{"$":"Float64Array","value":"AAA="}',
    '{"$":"ArrayBuffer","value":"?"}',
    '{"$":"bigint","value":"x"}',
    '{"$":"number","value":"7"}',
  );
  texts.push(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);

  for (const text of texts) expect(() => decode(text), text.slice(0, 50)).toThrow(TypeError);
});

test('objects of a class give their own fields, or what their toJSON gives', () => {
  class Point {
    x = 1;
    #hidden = 2;
    sum() {
      return this.x + this.#hidden;
    }
  }

  expect(decode(encode([new Point(), new URL('https://example.com/a')]))).toEqual([{ x: 1 }, 'https://example.com/a']);
});
