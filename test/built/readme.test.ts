import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { transform } from 'esbuild';
import { expect, onTestFinished, test } from 'vitest';
import { answerLocally } from '../../demo/fixtures/local-web';

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
}, 60_000);

const reply = (message: object) => ({ content: null, ...message });
const call = (name: string, args: object, id = 'c1') => ({
  id,
  type: 'function',
  function: { name, arguments: JSON.stringify(args) },
});
const code = (javascript: string) => reply({ content: `Thought: one step on.\n<code>\n${javascript}\n</code>` });

/** What the models of the programs say, in order; each reply costs 125 and 16 tokens. */
const SCRIPTS: readonly (readonly object[])[] = [
  [
    code("console.log(await managed_agent({ task: 'Find the US GDP growth rate of 2024.' }));"),
    reply({ tool_calls: [call('web_search', { query: 'US GDP growth rate 2024' })] }),
    reply({ tool_calls: [call('final_answer', { answer: 'It was 2.8 percent.' })] }),
    code('final_answer(Math.round((10 * Math.log(2)) / Math.log(1.028)) / 10);'),
  ],
  [
    reply({ tool_calls: [call('temperature', { city: 'Rome' }, 'c1'), call('temperature', { city: 'Oslo' }, 'c2')] }),
    reply({ tool_calls: [call('final_answer', { answer: '13 degrees' })] }),
  ],
  [],
];

async function runProgram(index: number, source: string): Promise<string> {
  const folder = `${root}.cache/readme`;
  await mkdir(folder, { recursive: true });
  const file = `${folder}/program-${index}.mjs`;
  await writeFile(file, (await transform(source, { loader: 'ts', format: 'esm' })).code);
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', `${root}test/fakes/public-addresses.mjs`, file],
    {
      cwd: root,
      env: {
        ...process.env,
        PUBLIC_ORIGIN: await publicServer(SCRIPTS[index] ?? []),
        HF_TOKEN: 'hf_test',
        NO_COLOR: '1',
        FORCE_COLOR: '0',
      },
    },
  );
  return stdout;
}

/** A server on loopback that stands for the public addresses: the model from the script, search and pages from the demo's fixtures. */
async function publicServer(script: readonly object[]): Promise<string> {
  const replies = [...script];
  const server = createServer((request, response) => {
    const address = new URL((request.url ?? '/').slice(1));
    if (address.pathname.endsWith('/chat/completions')) {
      const message = { role: 'assistant', ...replies.shift() };
      const usage = { prompt_tokens: 125, completion_tokens: 16, total_tokens: 141 };
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({
          id: 'r',
          object: 'chat.completion',
          created: 0,
          model: 'm',
          choices: [{ index: 0, message, finish_reason: 'stop' }],
          usage,
        }),
      );
      return;
    }
    const page = answerLocally(address, 'US GDP growth rate 2024');
    void page.text().then((text) => response.writeHead(page.status, Object.fromEntries(page.headers)).end(text));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
