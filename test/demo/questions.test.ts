import { expect, test } from 'vitest';
import { readArguments } from '../../demo/arguments';
import { localTools } from '../../demo/evaluation/local-tools';
import { isRight, questions } from '../../demo/evaluation/questions';
import { search } from '../../demo/fixtures/local-web';

const question = (id: string) => {
  const found = questions.find((one) => one.id === id);
  if (!found) throw new Error(`there is no question ${id}`);
  return found;
};

test('both halves hold twelve questions of the same kinds', () => {
  const kinds = (half: string) => questions.filter((one) => one.half === half).map(({ kind }) => kind);

  expect(kinds('a')).toHaveLength(12);
  expect(kinds('b')).toEqual(kinds('a'));
});

test('an answer is right when it holds the number, and wrong when it is near, absent or hidden in a long text', () => {
  const { task: _, ...savings } = question('a2');
  const asked = { ...savings, task: '' };

  expect(isRight(asked, 4024.39)).toBe(true);
  expect(isRight(asked, 'They are 4,024.39 euros.')).toBe(true);
  expect(isRight(asked, 4024.5)).toBe(false);
  expect(isRight(asked, undefined)).toBe(false);
  expect(isRight(asked, `4024.39 ${'or so '.repeat(100)}`)).toBe(false);
});

test('every question of a tool names tools that exist, and every search question finds its page', () => {
  for (const { tools, task, id } of questions) {
    for (const name of tools) expect(name === 'web' || name in localTools, `${id}: ${name}`).toBe(true);
    if (tools.includes('web')) expect(search(task).length, id).toBeGreaterThan(0);
  }
});

test('the calculator knows precedence, powers from the right and functions', async () => {
  const calculate = (expression: string) => localTools.calculate?.execute({ expression } as never, {} as never);

  expect(calculate('2 + 3 * 4')).toBe(14);
  expect(calculate('-2 ** 2 + 2 ^ 3 ^ 2')).toBe(508);
  expect(calculate('log(2) / log(1.028)')).toBeCloseTo(25.1, 1);
  expect(() => calculate('2 +')).toThrow('ends too early');
  expect(() => calculate('price * 2')).toThrow('"price"');
});

test('a flag that does not exist is refused by name, with those that do', () => {
  expect(() => readArguments(['--modle', 'x'])).toThrow(/--modle.*--model ID/);
});

test('an endpoint without a model is refused', () => {
  expect(() => readArguments(['--endpoint', 'http://127.0.0.1:1/v1'])).toThrow('--model ID');
});
