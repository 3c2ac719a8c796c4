import { expect, test } from 'vitest';
import { CodeAgent } from '../../src/index';
import { code, scriptedModel } from '../../src/testing/scripted-model';
import { LiveTrace } from '../../src/trace-viewer/rows/live-trace';
import { readTrace } from '../../src/trace-viewer/rows/read-trace';
import { compareTraces } from '../../src/trace-viewer/whole/compare-traces';
import { traceFile } from '../../src/trace-viewer/whole/trace-file';
import { traceMarkdown } from '../../src/trace-viewer/whole/trace-markdown';

const usage = { inputTokens: 30, outputTokens: 5 };

async function watched(...script: Parameters<typeof scriptedModel>) {
  const live = new LiveTrace();
  for await (const event of new CodeAgent({ model: scriptedModel(...script) }).stream('Go.')) live.add(event);
  return live.trace;
}

test('a reply that tells no tokens is counted as one that was not counted, on its row and above', async () => {
  const trace = await watched({ content: '<code>\n1\n</code>', usage }, code('final_answer(2)'));

  const [run] = trace.roots;
  expect(run?.below).toMatchObject({ inputTokens: 30, uncountedCalls: 1 });
  expect(run?.children.map(({ below }) => below.uncountedCalls)).toEqual([undefined, 1]);
});

test('a saved trace says the same of its replies, and none where all were counted', async () => {
  const some = await watched({ content: '<code>\n1\n</code>', usage }, code('final_answer(2)'));
  const all = await watched({ content: '<code>\nfinal_answer(1)\n</code>', usage });

  const [ofSome, ofAll] = [readTrace(await traceFile(some)), readTrace(await traceFile(all))];

  expect(ofSome.roots[0]?.below.uncountedCalls).toBe(1);
  expect(ofAll.roots[0]?.below.uncountedCalls).toBeUndefined();
});

test('Markdown says that tokens are at least those that were counted, and a comparison tells none then', async () => {
  const some = await watched({ content: '<code>\n1\n</code>', usage }, code('final_answer(2)'));
  const all = await watched({ content: '<code>\nfinal_answer(1)\n</code>', usage });

  const [ofSome, ofAll] = [await traceMarkdown(some), await traceMarkdown(all)];

  expect(ofSome).toContain('at least 30 tokens in, 5 out');
  expect(ofAll).toContain(' s, 30 tokens in, 5 out');
  for (const { deltas } of [compareTraces(some, all), compareTraces(all, some)])
    expect(deltas).not.toHaveProperty('inputTokens');
  expect(compareTraces(all, all).deltas).toMatchObject({ inputTokens: 0, outputTokens: 0 });
});

test('a model that could not be asked has nothing to count', async () => {
  const live = new LiveTrace();
  const run = new CodeAgent({ model: scriptedModel({ failure: new Error('no model') }) }).stream('Go.');

  const read = async () => {
    for await (const event of run) live.add(event);
  };
  await expect(read()).rejects.toThrow();

  expect(live.trace.roots[0]?.below.uncountedCalls).toBeUndefined();
});
