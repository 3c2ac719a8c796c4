import { expect, test } from 'vitest';
import { openBench } from '../fakes/sandbox-bench';

const CALLS = 200; // of each built-in
const LISTS = [
  '[1, 2, 3]',
  '[3, , 1]',
  '[]',
  '[[1], [2, [3, [4]]]]',
  '({ length: 3, 0: "z", 2: "y" })',
  '({ length: "1", 0: "q" })',
  '"text"',
  'new (class L extends Array {})(5, 4, 6)',
  'new Proxy([3, 2, 1], {})',
  '[undefined, null, NaN]',
  'Array(5)',
  'null',
  '7',
];
const TEXTS = [
  '"banana"',
  '""',
  '"ÄÖ🛟x"',
  '"aaaa"',
  '({ toString() { return "a b" } })',
  'null',
  '12345',
  '["a", "b"]',
];
const VALUES = [
  ...['undefined', 'null', '0', '1', '-1', '2.7', 'NaN', '1n', 'true', '"a"', '""', '"2"', 'Symbol("s")'],
  ...['{}', '[1, , 3]', '["a", ["b", ["c"]]]', '({ length: 2, 0: "x" })', '({ length: -1 })', '/a/g', '/b/'],
  ...['((x, i) => [x, i])', '({ [Symbol.isConcatSpreadable]: true, length: 3, 0: 1 })', '"$&-$1-$$-$`"'],
];
const LIST_METHODS = ['copyWithin', 'fill', 'join', 'reverse', 'shift', 'slice', 'splice', 'unshift'];
const COPYING = ['concat', 'flat', 'flatMap'];
const TEXT_METHODS = ['toUpperCase', 'toLowerCase', 'normalize', 'padStart', 'padEnd', 'indexOf', 'lastIndexOf'];
const SEARCHING = ['includes', 'split', 'replace', 'replaceAll'];

/** Of what an expression gives or throws, a text that is the same in both engines. */
const TOLD = `(deed) => {
  const told = (value) => {
    if (typeof value === 'string') return JSON.stringify(value);
    if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : typeof value + String(value);
    const items = Object.keys(value).map((key) => key + ':' + (value[key] === value ? 'itself' : told(value[key])));
    return (Array.isArray(value) ? value.constructor.name + value.length : 'object') + '{' + items + '}';
  };
  try { return told(deed()) } catch (error) { return 'throws ' + error.name }
}`;

test.each([
  ...[...LIST_METHODS, ...COPYING].map((name) => [`Array.prototype.${name}.call`, LISTS]),
  ...[...TEXT_METHODS, ...SEARCHING].map((name) => [`String.prototype.${name}.call`, TEXTS]),
  ['String.raw', ['({ raw: ["a", "b"] })', '({ raw: "xyz" })', '({ raw: { length: 2, 0: 1 } })', '{}', 'null']],
] as [string, string[]][])('%s gives and throws in the sandbox what the language says', async (name, subjects) => {
  const next = seeded(name.length);
  const pick = (list: string[]) => list[next(list.length)] ?? '';
  const lines = Array.from({ length: CALLS }, () => {
    const args = [pick(subjects), ...Array.from({ length: next(4) }, () => pick(VALUES))];
    return `(() => { const [self, ...rest] = [${args.join(', ')}]; const made = ${name}(self, ...rest); return [made, self, made === self] })()`;
  });
  const code = `[${lines.map((line) => `told(() => ${line})`).join(',\n')}]`;
  const { run } = await openBench();

  const { value } = await run(`const told = ${TOLD}; const all = ${code}; all`);

  // biome-ignore lint/security/noGlobalEval: the same code outside
  expect(value).toEqual(globalThis.eval(`(() => { const told = ${TOLD}; return ${code} })()`));
});

/** Whole numbers below what is asked for, the same in each run. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return (state >> 8) % below;
  };
}
