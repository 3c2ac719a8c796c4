import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CONFORMANCE_KEYS } from '../../scripts/cases/conformance/keys';
import { checkKeys, type KeyRules } from '../../scripts/cases/key-rules';

const RULES: KeyRules = {
  id: 'needed',
  kind: { is: 'a word', values: ['a', 'b', null], or: '^hop [1-9]$' },
  'list[].name': 'a name',
  'pairs[][]': 'text',
  'open.**': 'anything',
  'by.*[]': 'names',
  either: 'one',
  'either[]': 'or many',
  'node.value': 'a value',
  'node.next': { is: 'another', same_keys_as: 'node' },
  'team[]': { is: 'cases', same_keys_as: '' },
};

describe('checkKeys', () => {
  test.each([
    ['nothing at all', {}],
    ['listed values, null too', { kind: null }],
    ['a value that matches the pattern', { kind: 'hop 3' }],
    ['lists of lists', { pairs: [['a', 1], []] }],
    ['null for a list in a list', { pairs: [null] }],
    ['any JSON below an open key', { open: { x: [{ y: 1 }] } }],
    ['a single value of an open key', { open: null }],
    ['any name where a star stands', { by: { one: ['a'], two: [] } }],
    ['a value or a list where both are named', { either: 1 }],
    ['the list where both are named', { either: [1, 2] }],
    ['the same keys at any depth', { node: { value: 1, next: { next: { value: 2 } } } }],
    ['whole cases inside a case', { team: [{ id: 'x', team: [{ kind: 'a' }] }] }],
  ])('takes %s', (_what, value) => {
    expect(checkKeys(value, RULES)).toEqual([]);
  });

  test.each([
    ['an unknown key', { idd: 1 }, 'unknown key idd'],
    ['a name of the prototype', JSON.parse('{"__proto__": 1}'), 'unknown key __proto__'],
    ['an unknown key in a list', { list: [{ name: 'a' }, { nam: 'b' }] }, 'unknown key list[1].nam'],
    ['an unknown key deep inside', { node: { next: { next: { valu: 2 } } } }, 'unknown key node.next.next.valu'],
    ['an unknown key of a case inside', { team: [{ team: [{ x: 1 }] }] }, 'unknown key team[0].team[0].x'],
    ['a value that is not listed', { kind: 'c' }, 'kind: unknown value "c"; allowed: "a", "b", null'],
    ['a number that is not listed', { kind: 1 }, 'kind: unknown value 1; allowed: "a", "b", null'],
    ['a list where a value stands', { id: ['x'] }, 'id: a list is not allowed here'],
    ['an object where a value stands', { id: { x: 1 } }, 'id: an object is not allowed here'],
    ['a value where a list stands', { list: 'x' }, 'list: "x" where a list is allowed'],
    ['null where a list stands', { list: null }, 'list: null where a list is allowed'],
    ['null where an object stands', { node: null }, 'node: null where an object is allowed'],
    ['a list too deep', { either: [[1]] }, 'either[0]: a list is not allowed here'],
    ['no object at all', [], 'a case must be an object'],
  ])('names %s', (_what, value, problem) => {
    expect(checkKeys(value, RULES)).toEqual([problem]);
  });

  test('says which keys are needed, and of what type a value must be, where a player says so', () => {
    const rules: KeyRules = { 'list[].name': { needed: true, types: ['text', 'null'] } };

    const problems = checkKeys({ list: [{}, { name: 5 }, { name: null }] }, rules);

    expect(problems).toEqual(['list[0].name is needed', 'list[1].name: 5 is not text or null']);
  });
});

test('the conformance player knows every key and value that the shared format names, and no others', () => {
  const shared = Object.entries(sharedKeys());
  const mine = Object.keys(CONFORMANCE_KEYS);
  const isKnown = (path: string) =>
    mine.some((key) => key === path || key === `${path}.**` || key.startsWith(`${path}.`));

  const unknown = shared.filter(([path]) => !isKnown(path));
  const values = shared.flatMap(([path, rule]) => {
    const ours = CONFORMANCE_KEYS[path];
    const theirs = typeof rule === 'string' ? undefined : rule.values;
    return theirs && typeof ours === 'object' && theirs.some((value) => !ours.values?.includes(value)) ? [path] : [];
  });

  expect(unknown.map(([path]) => path)).toEqual([]);
  expect(values).toEqual([]);
});

/** `format.keys` of the shared file, or nothing where it is absent, which `npm test` says loudly. */
function sharedKeys(): KeyRules {
  const path = join(process.env.CASES ?? '../shared', 'conformance/cases.json');
  if (!existsSync(path)) return {};
  const { format }: { format: { keys: KeyRules } } = JSON.parse(readFileSync(path, 'utf8'));
  return format.keys;
}
