import { afterAll, expect, inject, test } from 'vitest';
import { bundleApp, pageOf } from '../fakes/app-bundle';
import { servePublic } from '../fakes/public-server';
import { openBrowser, startWorker } from '../fakes/web-runtimes';
import { readPhoenix, treeOf } from './read-phoenix';

const phoenix = inject('phoenix');
const browser = await openBrowser();
afterAll(() => browser?.close());

const TREE = [
  'AGENT ToolCallingAgent.run',
  '  CHAIN Step 1',
  '    LLM ScriptedModel.generate',
  '    AGENT helper.run',
  '      AGENT CodeAgent.run',
  '        CHAIN Step 1',
  '          LLM ScriptedModel.generate',
  '          AGENT looker.run',
  '            CHAIN Step 1',
  '              LLM ScriptedModel.generate',
  '              TOOL growth_rate',
  '            CHAIN Step 2',
  '              LLM ScriptedModel.generate',
  '              TOOL FinalAnswerTool',
  '          TOOL FinalAnswerTool',
  '  CHAIN Step 2',
  '    LLM ScriptedModel.generate',
  '    TOOL FinalAnswerTool',
];

test.skipIf(!phoenix || !browser)(
  'a page, an agent in a worker and the agents that it manages are one whole trace in Phoenix',
  async () => {
    const files = await pageOf(await bundleApp('test/receivers/remote-run-page.ts'));
    await using server = await servePublic({ script: [], files });
    const worker = await startWorker('test/receivers/remote-run-worker.ts', {
      bindings: {
        AGENT_RUNS: { type: 'durable_object_namespace', class_name: 'AgentRunObject' },
        OTLP_URL: { type: 'plain_text', value: `${phoenix?.origin}/v1/traces` },
        FILES: { type: 'plain_text', value: server.origin },
      },
      migrations: [{ tag: 'v1', new_sqlite_classes: ['AgentRunObject'] }],
    });
    const page = await browser?.newPage();
    try {
      await page?.goto((await worker.url).origin);
      await page?.waitForFunction(() => 'remoteRun' in globalThis);

      const answer = await page?.evaluate(() =>
        (globalThis as unknown as { remoteRun(): Promise<unknown> }).remoteRun(),
      );

      const stored = await readPhoenix(phoenix?.origin ?? '', 'page and worker', TREE.length);
      expect(answer).toBe('it grows');
      expect(treeOf(stored.spans)).toEqual(TREE);
      expect(stored.traces).toBe(1);
      expect(stored.spans.every(({ status }) => status === 'OK')).toBe(true);
      expect(stored.spans.find(({ name }) => name === 'helper.run')).toMatchObject({
        output: expect.stringContaining('2.8 percent'),
      });
    } finally {
      await page?.close();
      await worker.dispose();
    }
  },
);
