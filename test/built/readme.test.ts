import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { transform } from 'esbuild';
import { expect, onTestFinished, test } from 'vitest';
import { startCollector } from '../fakes/collector';
import { PROGRAM_SCRIPT, servePublic, toolCall } from '../fakes/public-server';

const root = fileURLToPath(new URL('../../', import.meta.url));
const readme = await readFile(`${root}README.md`, 'utf8');
const programs = [...readme.matchAll(/```ts\n([\s\S]*?)```\n\n```text\n([\s\S]*?)```/g)].map(
  ([, source = '', output = '']) => ({ source, output }),
);

test('every program in the README prints what stands below it', async () => {
  expect(programs).toHaveLength(readme.split('```ts\n').length - 1);

  for (const [index, { source, output }] of programs.entries()) {
    const printed = await runProgram(index, source);

    expect(printed).toBe(output);
  }
});

test.each(['forks-and-approvals', 'testing'])(
  'every program of docs/%s.md prints what its last line says',
  async (name) => {
    const guide = await readFile(`${root}docs/${name}.md`, 'utf8');
    const blocks = [...guide.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, source = '']) => source);
    expect(blocks.length).toBeGreaterThan(1);

    for (const [index, source] of blocks.entries()) {
      const printed = await runProgram(programs.length + index, source);

      expect(`// ${printed}`).toBe(`${/\/\/ [^\n]*\n$/.exec(source)?.[0]}`);
    }
  },
);

/** What the models of the programs say, in order; each reply costs 125 and 16 tokens. */
const SCRIPTS: readonly Parameters<typeof servePublic>[0]['script'][] = [
  PROGRAM_SCRIPT,
  [
    {
      tool_calls: [
        ...toolCall('temperature', { city: 'Rome' }, 'c1').tool_calls,
        ...toolCall('temperature', { city: 'Oslo' }, 'c2').tool_calls,
      ],
    },
    toolCall('final_answer', { answer: '13 degrees' }),
  ],
  [],
  ['unauthorized'],
];

const SPANS_OF_A_FAILURE = 3; // the run, its step, the model call

async function runProgram(index: number, source: string): Promise<string> {
  const folder = `${root}.cache/readme`;
  await mkdir(folder, { recursive: true });
  const file = `${folder}/program-${index}.mjs`;
  await writeFile(file, (await transform(source, { loader: 'ts', format: 'esm' })).code);
  const collector = await startCollector();
  onTestFinished(() => collector.close());
  await using server = await servePublic({
    script: SCRIPTS[index] ?? [],
    forward: { 'http://localhost:6006': { origin: collector.origin } },
  });
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', `${root}test/fakes/public-addresses.mjs`, file],
    {
      cwd: root,
      env: {
        ...process.env,
        PUBLIC_ORIGIN: server.origin,
        HF_TOKEN: 'hf_test',
        NO_COLOR: '1',
        FORCE_COLOR: '0',
      },
    },
  );
  if (source.includes('localhost:6006')) expect(collector.stored.size).toBe(SPANS_OF_A_FAILURE);
  return stdout;
}
