import { expect, test } from 'vitest';
import { readTrace } from '../../src/trace-viewer/rows/read-trace';

/** A span of a golden trace. */
function part(id: string, parent: string | null, name: string, kind: string, more: object = {}) {
  return { id, parent, name, kind, status: { code: 'OK' }, attributes: {}, events: [], ...more };
}

test.each([
  ['an exception on its span', [{ name: 'exception', attributes: { 'exception.message': 'boom' } }]],
  ['no word of it', []],
])('a run whose status is OK has failed with a last step that did, and %s', (_what, events) => {
  const status = { code: 'ERROR', message: 'AgentGenerationError: boom' };

  const trace = readTrace({
    kind: 'golden/1',
    spans: [
      part('a', null, 'CodeAgent.run', 'AGENT', { events }),
      ...[part('b', 'a', 'Step 1', 'CHAIN', { status }), part('c', 'a', 'Step 2', 'CHAIN')],
      ...[part('d', 'a', 'Step 3', 'CHAIN', { status }), part('e', 'd', 'M.generate', 'LLM', { status })],
    ],
  });

  expect(trace.outcome).toBe('failed');
  expect(trace.rows.get('d')?.state).toBe('failed');
  expect(trace.rows.get('e')?.state).toBe('failed');
  expect(trace.errors.map(({ id }) => id)).toEqual(['b', 'e']);
});

test('agents of a golden trace that were at work at once stand beside each other, and end in the order of the file', () => {
  const span = (id: string, parent: string | null, end_order: number, isAtOnce = false) => ({
    ...{ id, parent, name: id, end_order, status: {}, attributes: {}, events: [] },
    ...(isAtOnce && { concurrent_with_siblings: true }),
  });
  const spans = [
    ...[span('run', null, 7), span('step', 'run', 6), span('model', 'step', 0)],
    ...[span('left', 'step', 5, true), span('left step', 'left', 2), span('left model', 'left step', 1)],
    ...[span('right', 'step', 4, true), span('right step', 'right', 3), span('next', 'run', 8)],
  ];

  const { rows } = readTrace({ kind: 'golden/1', spans });

  const [left, right] = [rows.get('left'), rows.get('right')];
  expect(right?.startMs).toBe(left?.startMs);
  expect(rows.get('right step')?.startMs).toBe(rows.get('left step')?.startMs);
  expect(left?.endMs).toBeGreaterThan(Number(right?.endMs));
  expect(rows.get('step')?.endMs).toBeGreaterThan(Number(left?.endMs));
  expect(rows.get('next')?.startMs).toBeGreaterThan(Number(rows.get('step')?.endMs));
  for (const { startMs, endMs = 0, parent } of rows.values()) {
    expect(endMs).toBeGreaterThan(startMs);
    if (parent) expect([startMs > parent.startMs, endMs < Number(parent.endMs)]).toEqual([true, true]);
  }
});

test.each([
  ['Report of helper:\n\n# Rates:\n20', 'Report of helper: Rates: 20'],
  ['Report of helper:', 'Report of helper:'],
  ['\n## 20\nand more', '20'],
])('the row of a call whose result is %j tells what it says, not its heading alone', (output, told) => {
  const attributes = { 'tool.name': 'helper', 'output.value': output };

  const trace = readTrace({ kind: 'golden/1', spans: [part('a', null, 'Helper', 'TOOL', { attributes })] });

  expect(trace.roots[0]?.label).toBe(`helper() → ${told}`);
});

test('a model that failed is told by what it said, not by the words that Python puts before it', () => {
  const status = { code: 'ERROR', message: 'AgentGenerationError: Error in generating model output:\n500 boom' };

  const trace = readTrace({ kind: 'golden/1', spans: [part('a', null, 'Step 2', 'CHAIN', { status })] });

  expect(trace.roots[0]?.label).toBe('Step 2 → failed: 500 boom');
});

test('a run whose span was lost failed where its last step did, also with later runs in its trace', () => {
  const status = { code: 'ERROR', message: 'AgentGenerationError: boom' };
  const spans = [
    ...[part('a', 'lost', 'Step 1', 'CHAIN', { status }), part('b', 'lost', 'CodeAgent.run', 'AGENT')],
    part('c', 'b', 'Step 1', 'CHAIN'),
  ];

  const trace = readTrace({ kind: 'golden/1', spans });

  expect(trace.outcome).toBe('failed');
  expect(trace.rows.get('a')?.state).toBe('failed');
});
