import { readFile } from 'node:fs/promises';
import { afterAll, expect, inject, test } from 'vitest';
import { bundleApp, pageOf } from '../fakes/app-bundle';
import { servePublic } from '../fakes/public-server';
import { openBrowser, startWorker } from '../fakes/web-runtimes';
import { inTreeOrder, readAttributes, readPhoenix, treeOf } from './read-phoenix';
import { REPLY_TOKENS, type TracedRunOptions, tracedRun } from './traced-run';

const phoenix = inject('phoenix');
const rotel = inject('rotel');
const browser = await openBrowser();
afterAll(() => browser?.close());

const RUNTIMES: Readonly<Record<string, (options: TracedRunOptions) => Promise<string>>> = {
  node: tracedRun,
  workerd: inWorkerd,
  ...(browser && { chromium: inChromium }),
};
const TREE = [
  'AGENT ToolCallingAgent.run',
  '  CHAIN Step 1',
  '    LLM OpenAIModel.generate',
  '    TOOL growth_rate',
  '  CHAIN Step 2',
  '    LLM OpenAIModel.generate',
  '    TOOL growth_rate',
  '  CHAIN Step 3',
  '    LLM OpenAIModel.generate',
  '    TOOL FinalAnswerTool',
];
const CALLS = 3;
const COST = (CALLS * (REPLY_TOKENS.prompt * 0.15 + REPLY_TOKENS.completion * 0.6)) / 1_000_000; // gpt-4o-mini, in dollars

test.skipIf(!phoenix).each(Object.entries(RUNTIMES))('Phoenix shows a run in %s whole', async (runtime, run) => {
  const { origin = '' } = phoenix ?? {};
  const [project, sessionId] = [`run-${runtime}`, `session-${runtime}`];

  const answer = await run({ url: `${origin}/v1/traces`, format: 'protobuf', project, sessionId });

  const stored = await readPhoenix(origin, project, TREE.length);
  expect(answer).toBe('2.8 percent');
  expect(treeOf(stored.spans)).toEqual(TREE);
  expect(stored.traces).toBe(1);
  expect(stored.tokens).toBe(CALLS * (REPLY_TOKENS.prompt + REPLY_TOKENS.completion));
  expect(stored.cost).toBeCloseTo(COST, 9);
  expect(stored.sessions).toEqual([{ id: sessionId, userId: 'ada', traces: 1 }]);
  const [root] = stored.spans;
  expect(root).toMatchObject({
    status: 'OK',
    propagatedStatus: 'ERROR',
    input: 'How fast does it grow?',
    output: answer,
  });
  const failed = stored.spans.filter(({ status }) => status === 'ERROR');
  expect(failed.map(({ name }) => name)).toEqual(['Step 1', 'growth_rate']);
  expect(failed[1]?.events).toEqual([{ name: 'exception', message: '2042 is not over' }]);
});

test.skipIf(!phoenix)('the same run has the same attributes in every runtime', async () => {
  const { origin = '' } = phoenix ?? {};

  const keys = await Promise.all(Object.keys(RUNTIMES).map((runtime) => attributeKeys(origin, `run-${runtime}`)));

  expect(keys[0]?.length).toBe(TREE.length);
  for (const other of keys) expect(other).toEqual(keys[0]);
});

test
  .skipIf(!rotel)
  .each(
    ['node', 'workerd'].flatMap((runtime) => (['protobuf', 'json'] as const).map((format) => ({ runtime, format }))),
  )('Rotel takes the $format of a run in $runtime', async ({ runtime, format }) => {
  const { origin = '', log = '' } = rotel ?? {};
  const sessionId = `rotel-${runtime}-${format}`;

  await RUNTIMES[runtime]?.({ url: `${origin}/v1/traces`, format, project: 'rotel', sessionId });

  const mentions = async () => (await readFile(log, 'utf8')).split(sessionId).length - 1;
  await expect.poll(mentions).toBeGreaterThanOrEqual(TREE.length); // it is on every span
});

/** Sorted names of the attributes of each span, in the order of the tree. */
async function attributeKeys(origin: string, project: string): Promise<string[][]> {
  const { spans } = await readPhoenix(origin, project, TREE.length);
  const attributes = await readAttributes(origin, project);
  return inTreeOrder(spans).map(({ span }) => Object.keys(attributes.get(span.spanId) ?? {}).sort());
}

async function inWorkerd(options: TracedRunOptions): Promise<string> {
  const worker = await startWorker('test/receivers/traced-run-worker.ts');
  try {
    const reply = await worker.fetch('http://127.0.0.1/', { method: 'POST', body: JSON.stringify(options) });
    return await reply.text();
  } finally {
    await worker.dispose();
  }
}

/** In a page of the one origin that Phoenix allows. */
async function inChromium(options: TracedRunOptions): Promise<string> {
  const files = await pageOf(await bundleApp('test/receivers/traced-run-page.ts'));
  await using server = await servePublic({ script: [], files, port: Number(new URL(phoenix?.pageOrigin ?? '').port) });
  const page = await browser?.newPage();
  if (!page) throw new Error('there is no browser');
  try {
    await page.goto(server.origin);
    await page.waitForFunction(() => 'tracedRun' in globalThis);
    return await page.evaluate(
      (given) => (globalThis as unknown as { tracedRun(options: TracedRunOptions): Promise<string> }).tracedRun(given),
      options,
    );
  } finally {
    await page.close();
  }
}
