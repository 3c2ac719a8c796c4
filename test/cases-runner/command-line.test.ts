import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readCommandLine } from '../../scripts/cases/command-line';

const folder = mkdtempSync(join(tmpdir(), 'cases-'));
afterAll(() => rmSync(folder, { recursive: true }));

const good = {
  id: 'good',
  agent: 'tool-calling',
  task: 'Go.',
  script: [{ tool_calls: [{ id: 'k', name: 'final_answer', arguments: { answer: 1 } }] }],
  expect: { final: 1 },
};

test('options may stand before or after paths, with a blank or an equals sign', () => {
  expect(readCommandLine(['a', '--only', 'x', '--json=out.json', 'b'])).toEqual({
    runtime: 'node',
    only: 'x',
    json: 'out.json',
    paths: ['a', 'b'],
  });
  expect(readCommandLine(['--runtime', 'workerd'])).toEqual({
    runtime: 'workerd',
    only: undefined,
    json: undefined,
    paths: [],
  });
});

test.each([
  [['--ony', 'x'], 'unknown option --ony'],
  [['--only'], '--only needs a value'],
  [['--only', 'a', '--only', 'b'], '--only is given twice'],
  [['--runtime', 'deno'], '--runtime is "deno", must be node, chromium or workerd'],
])('%j is refused', (words, message) => {
  expect(() => readCommandLine(words)).toThrow(message);
});

test('a folder whose cases pass ends with 0, a count and the verdicts in the file asked for', () => {
  const path = write('good.json', { kind: 'conformance/1', cases: [good] });

  const { status, stdout } = run('--json', join(folder, 'out.txt'), path);

  expect(stdout).toMatch(/limits in real time times [\d.]+\n1 passed, 0 failed, 0 skipped\n$/);
  expect(JSON.parse(readFileSync(join(folder, 'out.txt'), 'utf8'))).toMatchObject({
    passed: 1,
    failed: 0,
    verdicts: [{ id: 'good', state: 'passed' }],
  });
  expect(status).toBe(0);
});

test('verdicts that cannot be written end with 2, behind the count', () => {
  const { status, stdout, stderr } = run(
    '--json',
    join(folder, 'absent/out.json'),
    write('one.json', { kind: 'conformance/1', cases: [good] }),
  );

  expect(stdout).toContain('1 passed, 0 failed, 0 skipped');
  expect(stderr).toMatch(/cannot write .*out\.json: ENOENT/);
  expect(status).toBe(2);
});

test('a case that fails ends with 1 and one line that says what was got and expected', () => {
  const path = write('bad.json', {
    kind: 'conformance/1',
    cases: [{ ...good, id: 'bad', expect: { final: 2 } }, good],
  });

  const { status, stdout } = run(path);

  expect(stdout).toContain('bad.json bad: final: got 1, expected 2\n1 passed, 1 failed, 0 skipped\n');
  expect(status).toBe(1);
});

test('a file that cannot be read ends with 2, though the others are played', () => {
  const broken = write('broken.json', '{');
  const path = write('good.json', { kind: 'conformance/1', cases: [good] });

  const { status, stdout, stderr } = run(broken, join(folder, 'absent.json'), path);

  expect(stderr).toMatch(/cannot read .*absent\.json.*\n.*cannot read .*broken\.json/);
  expect(stdout).toContain('1 passed, 0 failed, 0 skipped');
  expect(status).toBe(2);
});

test('an option that nobody knows ends with 2 and says which', () => {
  const { status, stderr } = run('--nothing');

  expect(stderr).toContain('unknown option --nothing');
  expect(status).toBe(2);
});

test('a runtime that this machine does not have ends with 2 and says what is missing', () => {
  const words = ['scripts/run.mjs', 'scripts/cases.ts', '--runtime', 'chromium', folder];
  const env = { ...process.env, CHROMIUM_PATH: join(folder, 'no-chromium') };

  const { status, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8', env });

  expect(stderr).toContain('--runtime chromium: there is no Chromium');
  expect(status).toBe(2);
});

function write(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

function run(...words: string[]) {
  return spawnSync(process.execPath, ['scripts/run.mjs', 'scripts/cases.ts', ...words], { encoding: 'utf8' });
}
