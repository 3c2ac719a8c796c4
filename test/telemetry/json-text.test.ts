import { expect, test } from 'vitest';
import { jsonText } from '../../src/telemetry/spans/json-text';

const cycle: Record<string, unknown> = { name: 'a' };
cycle.self = cycle;
const unreadable = {
  get text(): string {
    throw new Error('no');
  },
};
const picture = { type: 'image', url: 'data:image/png;base64,AAAA' };

test.each([
  ['plain data', { a: [1, 'two', null, true], b: {} }, '{"a":[1,"two",null,true],"b":{}}'],
  ['an undefined member', { a: undefined }, '{"a":null}'],
  ['what JSON has no word for', [Number.NaN, 1n, undefined], '["NaN","1",null]'],
  ['a cycle', cycle, '{"name":"a","self":"[Circular]"}'],
  [
    'a Map, a Set and a Date',
    [new Map([[1, 2]]), new Set([3]), new Date(0)],
    '[{"1":2},[3],"1970-01-01T00:00:00.000Z"]',
  ],
  ['what says itself how it is told', [new URL('https://a.test/b')], '["https://a.test/b"]'],
  ['a picture, however deep', { messages: [{ content: [picture] }] }, '{"messages":[{"content":["<image>"]}]}'],
  ['an error', { error: new RangeError('too far') }, '{"error":"RangeError: too far"}'],
  ['a getter that throws', unreadable, '"[Unreadable]"'],
])('%s is told as text', (_, value, expected) => {
  expect(jsonText(value)).toBe(expected);
});

test('data nested deeper than any message is told whole', () => {
  let deep: unknown = 'bottom';
  for (let level = 0; level < 100; level += 1) deep = [deep];

  expect(jsonText(deep)).toBe(`${'['.repeat(100)}"bottom"${']'.repeat(100)}`);
});
