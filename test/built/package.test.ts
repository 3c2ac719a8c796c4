import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const node = async (program: string) => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
  return JSON.parse(stdout) as unknown;
};
const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as { exports: Record<string, unknown> };
const doors = Object.keys(exports).filter((door) => door !== './package.json');

test.each(doors)('%s of the built package loads in plain Node, and nothing keeps Node from ending', async (door) => {
  const name = door.replace('.', 'smolagents-web');

  const names = await node(`console.log(JSON.stringify(Object.keys(await import('${name}'))))`);

  expect(names).not.toEqual([]);
});
