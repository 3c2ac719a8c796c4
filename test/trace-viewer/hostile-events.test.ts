import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { LiveTrace } from '../../src/trace-viewer/rows/live-trace';
import { addSums, noSums } from '../../src/trace-viewer/rows/sums';
import type { TraceRow } from '../../src/trace-viewer/trace';
import { compareTraces } from '../../src/trace-viewer/whole/compare-traces';
import { searchRows } from '../../src/trace-viewer/whole/find-rows';
import { timeBand } from '../../src/trace-viewer/whole/time-band';
import { traceFile } from '../../src/trace-viewer/whole/trace-file';
import { traceMarkdown } from '../../src/trace-viewer/whole/trace-markdown';
import { outline } from '../fakes/row-outline';

const { events }: { events: { type: string }[] } = JSON.parse(readFileSync('demo/recordings/gdp.run.json', 'utf8'));
const about = { runId: 'r', path: ['A'], step: 1 };

/** What cannot be, whatever came. */
function faults({ trace }: LiveTrace): string[] {
  const found: string[] = [];
  const seen = new Set<TraceRow>();
  const visit = (row: TraceRow, parent: TraceRow | undefined) => {
    if (seen.has(row)) found.push(`${row.id} is twice in the tree`);
    seen.add(row);
    if (row.parent !== parent) found.push(`${row.id} has another parent`);
    if (trace.rows.get(row.id) !== row) found.push(`${row.id} is not among the rows`);
    if (Number(row.endMs) < row.startMs) found.push(`${row.id} ended before it began`);
    const sums = noSums();
    addSums(sums, row.own);
    for (const child of row.children) addSums(sums, child.below);
    if (JSON.stringify(sums) !== JSON.stringify(row.below)) found.push(`${row.id} is not the sum of what is below`);
    for (const child of row.children) visit(child, row);
  };
  for (const root of trace.roots) visit(root, undefined);
  if (seen.size !== trace.rows.size) found.push('rows are missing from the tree');
  return found;
}

/** Numbers from 0 to 1, the same ones for the same seed (a linear congruence). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'events lost, told twice and out of order leave a tree that is whole (%i)',
  (seed) => {
    const next = numbers(seed);
    const live = new LiveTrace();
    const disturbed = events
      .filter(({ type }) => type !== 'text' || next() < 0.1)
      .flatMap((event) => (next() < 0.2 ? [] : next() < 0.3 ? [event, event] : [event]))
      .map((event) => ({ event, place: next() }))
      .sort((a, b) => (seed % 2 ? a.place - b.place : 0));

    for (const { event } of disturbed) live.add(event);
    live.close();

    expect(faults(live)).toEqual([]);
    expect(outline(live.trace).length).toBe(live.trace.rows.size);
    expect(live.trace.outcome).not.toBe('running');
  },
);

test('a run that is told twice, as after a connection that came back, is shown once', () => {
  const once = new LiveTrace();
  const twice = new LiveTrace();
  for (const event of events) once.add(event);
  for (const event of [...events.slice(0, 200), ...events]) if (event.type !== 'text') twice.add(event);

  const [run] = twice.trace.roots;

  expect(twice.trace.roots).toHaveLength(1);
  expect(run?.below).toEqual(once.trace.roots[0]?.below);
  expect(outline(twice.trace)).toEqual(outline(once.trace));
});

test('values that JSON has not, and values that throw when they are read, are shown, searched, compared and saved', async () => {
  const cycle: Record<string, unknown> = { name: 'cycle' };
  cycle.self = cycle;
  const trap = new Proxy(
    {},
    {
      get: () => {
        throw new Error('read');
      },
      ownKeys: () => {
        throw new Error('listed');
      },
    },
  );
  const bare = Object.create(null);
  for (const value of [
    cycle,
    trap,
    bare,
    10n,
    Symbol('s'),
    () => 1,
    new Map([[1, 2]]),
    new Date(Number.NaN),
    Number.NaN,
    '\ud800',
    -0,
  ]) {
    const live = new LiveTrace();
    const made = { id: 'c', name: 'x', arguments: value };
    live.add({ type: 'run-start', task: 't', runId: 'r', path: ['A'] });
    live.add({ ...about, type: 'tool-call', call: made });
    live.add({ ...about, type: 'tool-result', call: made, result: { id: 'c', output: value, text: '' } });
    live.add({ type: 'final-answer', output: value, runId: 'r', path: ['A'] });
    live.add({ type: 'run-end', state: 'success', runId: 'r', path: ['A'] });

    outline(live.trace);
    searchRows(live.trace, 'zzz');
    for (const row of live.trace.rows.values()) row.details();
    expect(compareTraces(live.trace, live.trace).first).toBeUndefined();
    expect(JSON.stringify(await traceFile(live.trace))).toContain('run-end');
    expect(await traceMarkdown(live.trace)).toContain('# t');
  }
});

test('names of JavaScript are names of agents, tools and runs like any other', () => {
  const live = new LiveTrace();
  const odd = { runId: '__proto__', path: ['constructor'], step: 1 };

  live.add({ ...odd, type: 'run-start', task: 'toString' });
  live.add({
    ...odd,
    type: 'tool-call',
    call: { id: '__proto__', name: 'hasOwnProperty', arguments: JSON.parse('{"__proto__": 1}') },
  });

  expect(faults(live)).toEqual([]);
  expect(outline(live.trace).at(-1)).toBe('    running tool hasOwnProperty(1)');
});

test('a call whose id is like that of a step is not taken for it', () => {
  const live = new LiveTrace();
  live.add({ ...about, type: 'run-start', task: 't' });

  for (const id of ['r#1', '#1', '1', 'r', 'r#1#model0'])
    live.add({ ...about, type: 'tool-call', call: { id, name: 'x', arguments: {} } });

  expect(faults(live)).toEqual([]);
  expect(live.trace.roots[0]?.children[0]?.children.filter(({ kind }) => kind === 'tool')).toHaveLength(5);
});

test.each([undefined, 5, [null], [{}]])('an event of a run that waits is left out where its calls are %s', (calls) => {
  const live = new LiveTrace();

  live.add({ ...about, type: 'waiting', calls });

  expect(live.trace.repairs).toEqual(['1 entry was no event of a run, left out.']);
});

test('two runs in one trace are two roots, and the header tells of the later one', () => {
  const live = new LiveTrace();
  for (const runId of ['first', 'second']) {
    live.add({ type: 'run-start', task: runId, runId, path: ['A'] });
    live.add({ type: 'final-answer', output: runId, runId, path: ['A'] });
    live.add({ type: 'run-end', state: 'success', runId, path: ['A'] });
  }

  expect(live.trace.roots.map(({ label }) => label)).toEqual(['A: first', 'A: second']);
  expect(live.trace).toMatchObject({ task: 'second', answer: 'second', outcome: 'answered' });
});

test('a trace with nothing in it has an empty band', () => {
  expect(timeBand(new LiveTrace().trace).parts).toEqual([]);
});
