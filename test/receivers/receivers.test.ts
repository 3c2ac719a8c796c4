import { readFile } from 'node:fs/promises';
import { expect, inject, test } from 'vitest';
import { readTrace } from '../../src/trace-viewer/rows/read-trace';
import { EXAMPLE_TOKENS, EXAMPLE_TREE, exampleTrace, sendSpans } from '../fakes/example-trace';
import { outline } from '../fakes/row-outline';
import { readAttributes, readPhoenix, treeOf } from './read-phoenix';

const phoenix = inject('phoenix');
const rotel = inject('rotel');

test.skipIf(!phoenix)('Phoenix gives back the tree, tokens, cost, session and failure of what was sent', async () => {
  const { origin = '' } = phoenix ?? {};
  const spans = exampleTrace('by-hand', 'session-by-hand');

  const status = await sendSpans(`${origin}/v1/traces`, spans, 'protobuf');

  const stored = await readPhoenix(origin, 'by-hand', spans.length);
  expect(status).toBe(200);
  expect(treeOf(stored.spans)).toEqual(EXAMPLE_TREE);
  expect(stored).toMatchObject({ traces: 1, tokens: EXAMPLE_TOKENS });
  expect(stored.cost).toBeCloseTo((100 * 0.15 + 25 * 0.6) / 1_000_000, 9); // dollars a million tokens of gpt-4o-mini
  expect(stored.sessions).toEqual([{ id: 'session-by-hand', userId: null, traces: 1 }]);
  expect(stored.spans.map((span) => span.status)).toEqual(['UNSET', 'UNSET', 'UNSET', 'ERROR']);
  expect(stored.spans[0]).toMatchObject({ propagatedStatus: 'ERROR', input: 'How fast?', output: '2.8' });
  expect(stored.spans[3]?.events).toEqual([{ name: 'exception', message: 'no such year' }]);
  const attributes = await readAttributes(origin, 'by-hand');
  expect(attributes.get(stored.spans[2]?.spanId ?? '')).toMatchObject({ 'llm.token_count.prompt': 100 });
});

test.skipIf(!phoenix)('the viewer reads what Phoenix gives back over its REST interface', async () => {
  const { origin = '' } = phoenix ?? {};
  const spans = exampleTrace('by-hand-viewer', 'session-viewer');
  await sendSpans(`${origin}/v1/traces`, spans, 'protobuf');
  await readPhoenix(origin, 'by-hand-viewer', spans.length);

  const reply = await fetch(`${origin}/v1/projects/by-hand-viewer/spans?limit=1000`);
  const trace = readTrace(await reply.text());

  expect(outline(trace)).toEqual([
    'agent CodeAgent: How fast?',
    '  step Step 1',
    '    model 1 model',
    '    recovered tool growth_rate() → failed: no such year',
  ]);
  expect(trace).toMatchObject({ outcome: 'answered', repairs: [] });
  expect(trace.roots[0]?.id).toBe(spans.at(-1)?.spanContext().spanId);
  expect(trace.roots[0]?.below).toMatchObject({ inputTokens: 100, outputTokens: 25, errors: 1 });
});

test.skipIf(!phoenix)('Phoenix refuses JSON', async () => {
  const spans = exampleTrace('by-hand-json', 'session-json');

  const status = await sendSpans(`${phoenix?.origin}/v1/traces`, spans, 'json');

  expect(status).toBe(415);
});

test.skipIf(!rotel).each(['protobuf', 'json'] as const)('Rotel takes %s and tells every span of it', async (format) => {
  const { origin = '', log = '' } = rotel ?? {};
  const spans = exampleTrace(`rotel-${format}`, 'session-rotel');

  const status = await sendSpans(`${origin}/v1/traces`, spans, format);

  expect(status).toBe(200);
  const unprinted = async () => {
    const printed = await readFile(log, 'utf8');
    return spans.map((span) => span.spanContext().spanId).filter((id) => !printed.includes(id));
  };
  await expect.poll(unprinted).toEqual([]);
});
