import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { casesOf } from '../fakes/case-files';

const list = readFileSync('docs/attacks.md', 'utf8');
const names = [...list.matchAll(/^\| .+ \| (`.+`) \|$/gm)].flatMap(([, cell = '']) =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
);
const own: { cases: { id: string }[] } = JSON.parse(readFileSync('test/cases/sandbox-attacks.json', 'utf8'));
const shared = casesOf<{ id: string }>('hazards/sandbox-attacks.json');

test('each test that the list of attacks names exists', () => {
  const tests = names.filter((name) => name.includes(': '));

  const absent = tests.filter((name) => {
    const [path = '', title = ''] = name.split(/: (.*)/s);
    return !existsSync(path) || !readFileSync(path, 'utf8').includes(`'${title}'`);
  });

  expect(tests.length).toBeGreaterThan(8);
  expect(absent).toEqual([]);
});

test('the list of attacks names the cases that there are, each one', () => {
  const named = names.filter((name) => !name.includes(': '));
  const sharedNames = shared.length > 0 ? shared.map(({ id }) => id) : named.filter((name) => name.startsWith('sb-'));

  const there = [...own.cases.map(({ id }) => id), ...sharedNames];

  expect([...new Set(named)].sort()).toEqual(there.sort());
});

test('an idea stands in the list with what holds it', () => {
  const rows = list.split('\n').filter((line) => line.startsWith('| ') && !/^\| (idea|---)/.test(line));

  expect(rows.length).toBeGreaterThan(30);
  expect(rows.filter((row) => !/^\| .+ \| `.+` \|$/.test(row))).toEqual([]);
});
