import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { transform } from 'esbuild';
import { expect, inject, onTestFinished, test } from 'vitest';
import { root } from '../../scripts/steps.mjs';
import { bundleApp, pageOf } from '../fakes/app-bundle';
import { PROGRAM_SCRIPT, servePublic } from '../fakes/public-server';
import { answerPublicly, openBrowser, startWorker } from '../fakes/web-runtimes';
import { readPhoenix, type StoredProject, treeOf } from './read-phoenix';

const phoenix = inject('phoenix');
const program = await readFile(join(root, 'test/program/design-program.ts'), 'utf8');
const folder = join(root, '.cache/program');
const PHOENIX_OF_PROGRAM = 'http://localhost:6006';
const TREE = (request: string) => [
  'AGENT CodeAgent.run',
  '  CHAIN Step 1',
  '    LLM HfApiModel.generate',
  '    AGENT managed_agent.run',
  '      CHAIN Step 1',
  '        LLM HfApiModel.generate',
  '        TOOL DuckDuckGoSearchTool',
  `          CHAIN ${request}`,
  '      CHAIN Step 2',
  '        LLM HfApiModel.generate',
  '        TOOL FinalAnswerTool',
  '  CHAIN Step 2',
  '    LLM HfApiModel.generate',
  '    TOOL FinalAnswerTool',
];

test('the program that is run here is the one of the design', async () => {
  const design = join(process.env.CASES ?? '../shared', 'design.md');
  if (!existsSync(design)) return console.warn(`NOT COMPARED: ${design} is absent`);

  const [, written] = (await readFile(design, 'utf8')).match(/```ts\n(import \{ CodeAgent[\s\S]*?)```/) ?? [];

  expect(program).toBe(written);
});

test.skipIf(!phoenix)('the program as it stands leaves its trace in Phoenix when run in Node', async () => {
  await using server = await servePublic({ script: PROGRAM_SCRIPT, forward: toPhoenix('node') });
  const file = await written('node.mjs', (await transform(program, { loader: 'ts', format: 'esm' })).code);

  const { stderr } = await promisify(execFile)(
    process.execPath,
    ['--import', join(root, 'test/fakes/public-addresses.mjs'), file],
    { cwd: root, env: { ...process.env, PUBLIC_ORIGIN: server.origin, HF_TOKEN: 'hf_test' } },
  );

  expect(stderr).toBe('');
  expectTrace(await stored('node'), 'POST');
});

test.skipIf(!phoenix)('the program leaves its trace in Phoenix when run in a page of another origin', async () => {
  const { origin = '', pageOrigin = '' } = phoenix ?? {};
  // the page itself speaks to Phoenix, its preflight included: only the name leads to another port
  const browser = await openBrowser([`MAP localhost:6006 ${new URL(origin).host}`]);
  if (!browser) return expect(process.env.CI).toBeUndefined();
  onTestFinished(() => browser.close());
  const entry = await written(
    'page.ts',
    withToken(program, "() => 'hf_test'").replace('await manager.run', 'document.title = await manager.run'),
  );
  const files = await pageOf(await bundleApp(entry));
  await using server = await servePublic({ script: PROGRAM_SCRIPT, files, port: Number(new URL(pageOrigin).port) });
  const page = await browser.newPage();
  await answerPublicly(page, server.origin);
  const before = await readPhoenix(origin, 'default', 0).catch(() => undefined);

  await page.goto(pageOrigin);
  await page.waitForFunction(() => document.title !== '');

  const after = await readPhoenix(origin, 'default', (before?.spans.length ?? 0) + TREE('GET').length);
  expectTrace(after, 'GET');
});

test.skipIf(!phoenix)('the program leaves its trace in Phoenix when run in workerd', async () => {
  await using server = await servePublic({ script: PROGRAM_SCRIPT, forward: toPhoenix('workerd') });
  const entry = await written('worker.ts', workerOf(program));
  const worker = await startWorker(entry, {
    bindings: {
      HF_TOKEN: { type: 'plain_text', value: 'hf_test' },
      PUBLIC_ORIGIN: { type: 'plain_text', value: server.origin },
    },
  });
  onTestFinished(() => worker.dispose());

  const reply = await worker.fetch('http://127.0.0.1/');

  expect(await reply.text()).toBe('25.1');
  expectTrace(await stored('workerd'), 'POST');
});

/** What stands for the Phoenix of the program, which keeps what each runtime sends apart. */
function toPhoenix(project: string) {
  return {
    [PHOENIX_OF_PROGRAM]: { origin: phoenix?.origin ?? '', headers: { 'x-project-name': `program-${project}` } },
  };
}

function stored(project: string): Promise<StoredProject> {
  return readPhoenix(phoenix?.origin ?? '', `program-${project}`, TREE('').length);
}

function expectTrace({ spans, traces, tokens }: StoredProject, request: string): void {
  expect(treeOf(spans)).toEqual(TREE(request));
  expect(traces).toBe(1);
  expect(tokens).toBe(4 * 141);
  expect(spans[0]).toMatchObject({ status: 'OK', propagatedStatus: 'OK', output: '25.1' });
}

async function written(name: string, text: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, name), text);
  return join(folder, name);
}

function withToken(source: string, token: string): string {
  return source.replace('new HfApiModel()', `new HfApiModel({ token: ${token} })`);
}

/** The same lines inside `fetch`, the secret from `env`; what it fetches from public addresses is answered on loopback. */
function workerOf(source: string): string {
  const end = source.lastIndexOf('import ');
  const imports = source.slice(0, source.indexOf('\n', end));
  const lines = withToken(source.slice(imports.length), 'env.HF_TOKEN');
  return `import { env as settings } from 'cloudflare:workers';
${imports}
const pass = globalThis.fetch;
globalThis.fetch = (input, init) => {
  const request = new Request(input, init);
  return pass(new Request(settings.PUBLIC_ORIGIN + '/' + request.url, request));
};
export default {
  async fetch(_request, env) {
${lines.replace('await manager.run', 'const answer = await manager.run')}
    return new Response(String(answer));
  },
};
`;
}
