import { readFile } from 'node:fs/promises';
import { expect, inject, test, vi } from 'vitest';
import { EXAMPLE_TOKENS, EXAMPLE_TREE, exampleTrace, sendSpans } from '../fakes/example-trace';
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
  await vi.waitFor(async () => {
    const printed = await readFile(log, 'utf8');
    for (const span of spans) expect(printed).toContain(span.spanContext().spanId);
  }, 10_000);
});
