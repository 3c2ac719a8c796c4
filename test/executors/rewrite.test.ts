import { expect, test } from 'vitest';
import { type PreparedCode, type RefusedCode, rewrite } from '../../src/executors/rewrite';

const options = { functions: ['search'], modules: ['maths'] };

async function prepared(code: string): Promise<PreparedCode> {
  const result = await rewrite(code, options);
  if (!('code' in result)) throw new Error(result.message);
  return result;
}

async function refused(code: string): Promise<RefusedCode> {
  const result = await rewrite(code, options);
  if ('code' in result) throw new Error(`accepted: ${result.code}`);
  return result;
}

test('declarations at the top become variables that last, in the columns they had, and a class has its name inside', async () => {
  const { code, reset, names } = await prepared(
    'const a = 1, {b} = a;\nlet c;\nfor (const i of [b]) { let d = i; }\nclass K { }',
  );

  expect(code).toBe('var   a = 1, {b} = a;\nvar c;\nfor (const i of [b]) { let d = i; }\nK=class K { };\n;void 0;');
  expect(reset).toEqual(['c', 'K']);
  expect(names).toEqual(['a', 'b', 'c', 'K']);
});

test('an offered module is imported, in all ways of writing it', async () => {
  const { code } = await prepared(
    "import pi, { sin as s } from 'maths';\nimport * as all from 'maths';\nimport 'maths'",
  );

  expect(code).toBe(
    'var {default:pi,sin:s}=await import("maths");\nvar all=await import("maths");\nawait import("maths");\n;void 0;',
  );
});

test('another module is refused with a list of those that are offered', async () => {
  expect(await refused("1;\nimport fs from 'fs'")).toMatchObject({
    line: 2,
    message: expect.stringContaining('maths'),
  });
});

test.each([
  'search = 1',
  'const search = 1',
  'let { search } = {}',
  '[search] = [1]',
  'function search() {}',
  'class search {}',
  'if (1) { var search }',
  'search++',
])('a tool keeps its name in %s', async (code) => {
  expect(await refused(code)).toMatchObject({
    kind: 'error',
    name: 'TypeError',
    message: expect.stringContaining('search is a tool'),
  });
});

test.each([
  '[1].map((search) => search)',
  'function f() { let search = 1; search = 2; }',
  'for (let search of [1]) { search = 2; }',
  'const o = { search: 1 }; o.search = 2;',
])('a name that is not the tool may be like it: %s', async (code) => {
  expect((await prepared(code)).code).toContain('search');
});

test('a variable named final_answer is another one where final_answer is called as well', async () => {
  const { code } = await prepared('const final_answer = 1;\nfinal_answer({ final_answer, x: final_answer })');

  expect(code).toBe('var   finalAnswer_ = 1;\nfinal_answer({ final_answer:finalAnswer_, x: finalAnswer_ })');
  expect(await refused('final_answer = 1')).toMatchObject({ kind: 'error' });
});

test.each([
  'const x: number = 1',
  'function f(a: string) {}',
  'const f = (a: string): void => {}',
  'interface A { b: string }',
  'type A = string;',
  'x as string',
  'class A { private x = 1 }',
  'let x: string[] = []',
])('type annotations get an error that asks for plain JavaScript: %s', async (code) => {
  expect(await refused(code)).toMatchObject({ kind: 'syntax', message: expect.stringContaining('plain JavaScript') });
});

test.each(['const = ;', 'foo(', 'a ? b c : d', 'return 5', 'const x = 1; const x = 2;', '{ a: 1, b: 2 }'])(
  'a plain mistake gets no talk of types: %s',
  async (code) => {
    const { kind, message } = await refused(code);

    expect(kind).toBe('syntax');
    expect(message).not.toContain('TypeScript');
  },
);

test('a syntax error shows the line and points at the place', async () => {
  expect(await refused('let a = 1;\nlet b = ;')).toEqual({
    kind: 'syntax',
    name: 'SyntaxError',
    message: 'Unexpected token (2:8)\nlet b = ;\n        ^',
    line: 2,
  });
});

test.each([
  ['console.log(1)', true, true],
  ['print(1)', true, true],
  ['const a = 1;\na', true, false],
  ['console.log(1);\nlet a = 1', false, false],
  ['for (const a of [1]) print(a)', false, true],
])('%s: has a value %s, printed last %s', async (code, hasValue, printedLast) => {
  expect(await prepared(code)).toMatchObject({ hasValue, printedLast });
});

test('code nested deeper than the parser can go is a syntax error', async () => {
  expect(await refused(`${'('.repeat(100_000)}1`)).toMatchObject({ kind: 'syntax' });
});
