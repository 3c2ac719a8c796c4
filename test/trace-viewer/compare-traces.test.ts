import { expect, test } from 'vitest';
import { CodeAgent, type LogRecord, ToolCallingAgent, tool } from '../../src/index';
import { call, calls, code, finalAnswer, scriptedModel } from '../../src/testing/index';
import { LiveTrace } from '../../src/trace-viewer/rows/live-trace';
import { readTrace } from '../../src/trace-viewer/rows/read-trace';
import type { Trace } from '../../src/trace-viewer/trace';
import { type Aligned, align } from '../../src/trace-viewer/whole/align';
import { compareTexts, compareTraces } from '../../src/trace-viewer/whole/compare-traces';
import { golden } from '../fakes/viewer-files';

const seed = golden('seed');

const search = tool({
  name: 'search',
  description: 'Searches.',
  inputs: { query: { type: 'string', description: 'What for.' } },
  execute: ({ query }) => `found ${query}`,
});

async function run(...script: Parameters<typeof scriptedModel>): Promise<Trace> {
  const live = new LiveTrace();
  const agent = new ToolCallingAgent({ model: scriptedModel(...script), tools: [search] });
  for await (const event of agent.stream('Find it.')) live.add(event);
  return live.trace;
}

test.runIf(seed)('a trace is the same as itself', () => {
  const { rows, first, deltas } = compareTraces(readTrace(seed), readTrace(seed));

  expect(first).toBeUndefined();
  expect(rows).toHaveLength(16);
  expect(deltas).toEqual({ durationMs: 0, inputTokens: 0, outputTokens: 0, steps: 0, errors: 0 });
});

test('a step that only one run made is alone, and the steps after it stay aligned', async () => {
  const left = await run(call('search', { query: 'a' }), finalAnswer('yes'));
  const right = await run(call('search', { query: 'a' }), call('search', { query: 'b' }), finalAnswer('yes'));

  const { rows, first, deltas } = compareTraces(left, right);

  expect(first?.left).toBeUndefined();
  expect(rows.filter(({ left }) => !left).map(({ right }) => right?.kind)).toEqual(['step', 'model', 'tool']);
  expect(rows.filter(({ right }) => !right)).toEqual([]);
  expect(deltas.steps).toBe(1);
});

test('the first difference is the row whose arguments differ, and its text is given line by line', async () => {
  const left = await run(call('search', { query: 'a' }), finalAnswer('yes'));
  const right = await run(call('search', { query: 'b' }), finalAnswer('no'));

  const { rows } = compareTraces(left, right);
  const differing = rows.find(({ left }) => left?.subject === 'search');

  expect(differing?.differs).toEqual(['arguments', 'result']);
  expect(compareTexts(differing ?? {}, 'arguments')).toEqual([
    { left: '{', right: '{' },
    { left: '  "query": "a"' },
    { right: '  "query": "b"' },
    { left: '}', right: '}' },
  ]);
  expect(rows[0]?.differs).toEqual(['answer']);
});

test('a branch is compared with the run it came from', async () => {
  const model = scriptedModel(code('let n = 20'), code('final_answer(n * 2)'), code('final_answer(n * 2)'));
  const agent = new CodeAgent({ model });
  const live = new LiveTrace();
  const log: LogRecord[] = [];
  const first = agent.stream('Double it.', { log: (entry) => void log.push(entry) });
  for await (const event of first) live.add(event);
  const branch = new LiveTrace();
  for await (const event of first.fork(1, { code: 'let n = 21' })) branch.add(event);

  const comparison = compareTraces(live.trace, branch.trace);

  expect(live.trace.answer).toBe(40);
  expect(branch.trace.answer).toBe(42);
  expect(comparison.first?.left?.kind).toBe('step'); // and not the run, whose answer is what came of it
  expect(comparison.first?.differs).toContain('code');
  expect(comparison.rows.find(({ left }) => left?.kind === 'agent')?.differs).toEqual(['answer']);
});

test('lists are aligned with as few lone items as can be', () => {
  const told = (pairs: readonly Aligned<string>[]) =>
    pairs.map(({ left = '-', right = '-' }) => left + right).join(' ');
  const aligned = (left: string, right: string) => align([...left], [...right], (a, b) => a === b);

  expect(
    told(aligned('abcabba', 'cbabac'))
      .split(' ')
      .filter((pair) => pair.includes('-')),
  ).toHaveLength(5);
  expect(told(aligned('', 'ab'))).toBe('-a -b');
  expect(told(aligned('ab', ''))).toBe('a- b-');
  expect(told(aligned('xaby', 'xcdy'))).toBe('xx a- b- -c -d yy');
  for (const pair of [aligned('abcabba', 'cbabac'), aligned('aab', 'ba')])
    for (const side of ['left', 'right'] as const)
      expect(pair.flatMap((each) => each[side] ?? []).join('')).toMatch(/^(abcabba|cbabac|aab|ba)$/);
});

test('lists with nothing in common are not compared to the end', () => {
  let compared = 0;
  const left = Array.from({ length: 20_000 }, (_, index) => `l${index}`);
  const right = Array.from({ length: 20_000 }, (_, index) => `r${index}`);

  const aligned = align(left, right, (a, b) => {
    compared += 1;
    return a === b;
  });

  expect(aligned).toHaveLength(40_000);
  expect(compared).toBeLessThan(3_000_000);
});

test('calls made at once are compared each with its own', async () => {
  const left = await run(calls(['search', { query: 'a' }], ['search', { query: 'b' }]), finalAnswer('yes'));
  const right = await run(calls(['search', { query: 'a' }], ['search', { query: 'c' }]), finalAnswer('yes'));

  const { rows } = compareTraces(left, right);

  expect(rows.filter(({ left }) => left?.subject === 'search').map(({ differs }) => differs.length > 0)).toEqual([
    false,
    true,
  ]);
});
