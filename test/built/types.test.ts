import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const folder = fileURLToPath(new URL('../../node_modules/.cache/types-of-an-app', import.meta.url));
const compiler = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));

test('the published types need no more than ES2023 and DOM of a strict app, every library checked; the programs of README and docs are such apps', async () => {
  await mkdir(folder, { recursive: true });
  const program = `import { CodeAgent, HfApiModel } from 'smolagents-web';
import { scriptedModel } from 'smolagents-web/testing';
const agent: AsyncDisposable = new CodeAgent({ model: new HfApiModel() });
export const made = [agent, scriptedModel()];
`;
  const programs = [program, ...(await documented())];
  expect(programs.length).toBeGreaterThan(10);
  const files = programs.map((_, index) => `app-${index}.ts`);
  for (const [index, file] of files.entries()) await writeFile(`${folder}/${file}`, programs[index] ?? '');
  const compilerOptions = {
    lib: ['es2023', 'dom', 'dom.iterable', 'dom.asynciterable'],
    types: [],
    strict: true,
    skipLibCheck: false,
    noEmit: true,
    target: 'es2022',
    module: 'esnext',
    moduleResolution: 'bundler',
  };
  await writeFile(`${folder}/tsconfig.json`, JSON.stringify({ compilerOptions, files }));

  const check = promisify(execFile)(process.execPath, [compiler, '-p', folder]);

  await expect(check).resolves.toMatchObject({ stdout: '' });
});

/** The programs of README and docs that are whole: those with imports. */
async function documented(): Promise<string[]> {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const names = (await readdir(`${root}docs`)).filter((name) => name.endsWith('.md')).map((name) => `docs/${name}`);
  const texts = await Promise.all(['README.md', ...names].map((name) => readFile(root + name, 'utf8')));
  return texts.flatMap((text) => [...text.matchAll(/```ts\n(import [\s\S]*?)```/g)].map(([, source = '']) => source));
}
