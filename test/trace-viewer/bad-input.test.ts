import { expect, test } from 'vitest';
import { AgentConfigurationError } from '../../src/errors';
import { readTrace } from '../../src/trace-viewer/rows/read-trace';
import type { Trace } from '../../src/trace-viewer/trace';
import { filterRows, searchRows } from '../../src/trace-viewer/whole/find-rows';
import { rollUp } from '../../src/trace-viewer/whole/roll-up';
import { timeBand } from '../../src/trace-viewer/whole/time-band';
import { outline } from '../fakes/row-outline';
import { golden } from '../fakes/viewer-files';

const MS = 1_000_000;

interface Facts {
  parent?: string;
  from?: unknown;
  to?: unknown;
  kind?: string;
  [field: string]: unknown;
}

/** A span of OTLP/JSON; times in milliseconds after a fixed moment. */
function span(id: string, { parent = '', from = 0, to = 10, kind = 'CHAIN', ...others }: Facts = {}): object {
  const nanoseconds = (ms: unknown) => (typeof ms === 'number' ? String((1_795_000_000_000 + ms) * MS) : ms);
  return {
    traceId: 'a'.repeat(32),
    spanId: id,
    parentSpanId: parent,
    name: id,
    startTimeUnixNano: nanoseconds(from),
    endTimeUnixNano: nanoseconds(to),
    attributes: [{ key: 'openinference.span.kind', value: { stringValue: kind } }],
    ...others,
  };
}

function otlp(...spans: unknown[]): object {
  return { resourceSpans: [{ scopeSpans: [{ spans }] }] };
}

/** Reads all that a viewer shows. */
function readWhole(input: unknown): Trace {
  const trace = readTrace(input);
  for (const row of trace.rows.values()) {
    row.details();
    for (const text of row.texts()) text.length;
  }
  outline(trace);
  timeBand(trace);
  for (const by of ['agent', 'model', 'tool'] as const) rollUp(trace, by);
  for (const filter of ['errors', 'model', 'tools', 'agents', 'slow'] as const) filterRows(trace, filter);
  searchRows(trace, 'x');
  return trace;
}

test.each([
  ['nothing', '', 'This is no JSON'],
  ['a picture', '\u0089PNG\r\n\u001a', 'This is no JSON'],
  ['another file', { name: 'smolagents-web', version: '0.0.0' }, 'an object with the keys name, version'],
  ['cases', { kind: 'cases/1', cases: [] }, 'a file of kind "cases/1"'],
  ['null', 'null', 'This is no trace but null'],
  ['a number', 7, 'a number'],
  ['undefined', undefined, 'a undefined'],
  ['an empty list', [], 'a list of 0'],
  ['a list of texts', ['a', 'b'], 'a string'],
  ['a calendar', { events: [{ title: 'party' }] }, 'an object with the keys events'],
  ['an empty log', { log: [] }, 'an object with the keys log'],
  ['a span of OTLP', { ...span('a'), events: [] }, 'an object with the keys traceId'],
  ['foreign lines alone', 'null\n{"resourceLogs": []}', 'null'],
])('%s is said to be no trace, and what can be opened', (_what, input, message) => {
  const open = () => readTrace(input);

  expect(open).toThrow(AgentConfigurationError);
  expect(open).toThrow(message);
  expect(open).toThrow('What can be opened: OTLP/JSON');
});

test.each([
  ['resources', { resourceSpans: [] }],
  ['a page of Phoenix', { data: [] }],
  ['a run', { kind: 'run/1', task: 'Go.', events: [] }],
  ['events that are none', { kind: 'run/1', events: [{ title: 'party' }] }],
])('%s with no row to show is said to have nothing in it', (_what, input) => {
  const open = () => readTrace(input);

  expect(open).toThrow(AgentConfigurationError);
  expect(open).toThrow('This is a trace with nothing in it');
});

test.each([null, 5, {}, { resourceLogs: [] }])('a foreign part (%j) beside spans is left out, and told', (foreign) => {
  const phoenix = { name: 'a', context: { trace_id: '1', span_id: 'a' } };
  const lines = [otlp(span('a')), foreign, foreign].map((each) => JSON.stringify(each)).join('\n');

  for (const input of [lines, [foreign, foreign, phoenix]]) {
    const trace = readWhole(input);

    expect([...trace.rows.keys()]).toEqual(['a']);
    expect(trace.repairs.join()).toMatch(/A part of the file is no trace but .*; the first of 2 such parts/);
  }
});

test('foreign entries among events and in a log are left out, and told', () => {
  const start = { type: 'run-start', task: 'Go.', runId: 'r', path: ['A'] };
  const begin = { type: 'begin', within: [], runId: 'r', task: 'Go.' };

  for (const list of [[start], [begin]]) {
    const trace = readWhole([null, ...list, { title: 'party' }].map((each) => JSON.stringify(each)).join('\n'));

    expect(trace.task).toBe('Go.');
    expect(trace.repairs).toContain('2 entries were no events of a run, left out.');
  }
});

test('several texts over many lines are all read, and one that was cut off is told', () => {
  const pretty = [span('a'), span('b')].map((each) => JSON.stringify(otlp(each), null, 2));

  const whole = readWhole(pretty.join('\n'));
  const cut = readWhole(`${pretty.join('\r\n')}\n${JSON.stringify(otlp(span('c')))}\n{\n  "resourceSpans": [`);

  expect([...whole.rows.keys()]).toEqual(['a', 'b']);
  expect([...cut.rows.keys()]).toEqual(['a', 'b', 'c']);
  expect(cut.repairs.join()).toMatch(/^2 of \d+ lines could not be read/);
});

test('one span of Phoenix alone is a trace', () => {
  const trace = readWhole({ name: 'a', context: { trace_id: '1', span_id: 'a' }, events: [] });

  expect([...trace.rows.keys()]).toEqual(['a']);
});

test('several roots are all shown, in the order of their starts', () => {
  const trace = readWhole(otlp(span('late', { from: 5 }), span('early', { kind: 'AGENT' })));

  expect(trace.roots.map(({ id }) => id)).toEqual(['early', 'late']);
});

test('a cycle is cut at its earliest span, and nothing in it or below it is lost', () => {
  const trace = readWhole(
    otlp(
      span('a', { parent: 'c', from: 1 }),
      span('b', { parent: 'a', from: 2 }),
      span('c', { parent: 'b', from: 3 }),
      span('below', { parent: 'b', from: 4 }),
      span('self', { parent: 'self', from: 5 }),
    ),
  );

  expect(outline(trace)).toEqual(['other a', '  other b', '    other c', '    other below', 'other self']);
  expect(trace.repairs).toEqual(['2 spans were in a circle of parents, shown as a root.']);
});

test('spans below a parent that was not received are together', () => {
  const trace = readWhole(otlp(span('root'), span('a', { parent: 'gone' }), span('b', { parent: 'gone', from: 1 })));

  expect(outline(trace)).toEqual(['other Parent not received', '  other a', '  other b', 'other root']);
  expect(trace.repairs).toEqual(['1 span was named as parent, but not received.']);
});

test('a run below a span of another program is a run', () => {
  const trace = readWhole(
    otlp(span('run', { parent: 'page', kind: 'AGENT' }), span('Step 1', { parent: 'run', from: 1 })),
  );

  expect(trace.roots.map(({ id }) => id)).toEqual(['run']);
  expect(trace).toMatchObject({
    outcome: 'answered',
    repairs: ['1 span was below a parent that was not received, shown as a run.'],
  });
});

test('a span without an end is not over, and its run is said to have none', () => {
  const trace = readWhole(otlp(span('run', { kind: 'AGENT', to: null }), span('Step 1', { parent: 'run', to: 30 })));

  expect(trace).toMatchObject({ outcome: 'stopped', stoppedBy: 'no end was received' });
  expect(trace.repairs).toEqual(['1 span was without an end.']);
  expect(trace.endMs - trace.startMs).toBeCloseTo(30, 2);
});

test('what another clock timed before its parent is moved to it, with all below', () => {
  const trace = readWhole(
    otlp(
      span('root', { from: 1000, to: 2000 }),
      span('child', { parent: 'root', from: 400, to: 500 }),
      span('grandchild', { parent: 'child', from: 450, to: 460 }),
    ),
  );

  const times = [...trace.rows.values()].map(({ startMs, endMs }) => [
    Math.round(startMs - trace.startMs),
    Math.round(Number(endMs) - trace.startMs),
  ]);
  expect(times).toEqual([
    [0, 1000],
    [0, 100],
    [50, 60],
  ]);
  expect(trace.repairs).toEqual(['1 span was begun before the one above (another clock), moved to its start.']);
});

test('a negative duration is none', () => {
  const trace = readWhole(otlp(span('a', { from: 10, to: 3 })));

  expect(trace.rows.get('a')?.endMs).toBe(trace.rows.get('a')?.startMs);
  expect(trace.repairs).toEqual(['1 span was timed backwards, shown without a duration.']);
});

test('a span without a time does not stretch the trace to 1970', () => {
  const trace = readWhole(
    otlp(
      span('root', { from: 5, to: 20 }),
      span('a', { parent: 'root', from: 0 * MS, to: 8 }),
      span('zero', { parent: 'root', startTimeUnixNano: '0', endTimeUnixNano: 'never' }),
    ),
  );

  expect(trace.endMs - trace.startMs).toBeCloseTo(15, 2);
});

test('64-bit times are read as text, as number and as two halves', () => {
  const nanoseconds = 1_795_000_000_123n * BigInt(MS);
  const halves = { low: Number(BigInt.asIntN(32, nanoseconds)), high: Number(nanoseconds >> 32n), unsigned: true };

  for (const time of [String(nanoseconds), Number(nanoseconds), halves]) {
    const trace = readWhole(otlp(span('a', { startTimeUnixNano: time, endTimeUnixNano: time })));
    expect(trace.startMs).toBeCloseTo(1_795_000_000_123, 2);
    expect(trace.repairs).toEqual([]);
  }
});

test('ids are the same in hex of either case and in base64', () => {
  const trace = readWhole(
    otlp(
      span('00f067aa0ba902b7', { parent: '' }),
      span('b', { parent: 'APBnqgupArc=', from: 1 }),
      span('c', { parent: '00F067AA0BA902B7', from: 2 }),
      span('d', { parent: '0000000000000000', from: 3 }),
    ),
  );

  expect(trace.roots.map(({ id }) => id)).toEqual(['00f067aa0ba902b7', 'd']);
  expect(trace.rows.get('00f067aa0ba902b7')?.children).toHaveLength(2);
});

test.each([2, '2', 'STATUS_CODE_ERROR', 'ERROR', 'Error'])('the status %j is a failure', (statusCode) => {
  const trace = readWhole(otlp(span('a', { status: { code: statusCode, message: 'ValueError: no' } })));

  expect(trace.errors.map(({ error }) => [error?.type, error?.message])).toEqual([['ValueError', 'no']]);
});

test('kinds that nobody knows are rows all the same', () => {
  const trace = readWhole(
    otlp(span('a', { kind: 'RERANKER' }), span('b', { kind: '__proto__' }), span('c', { kind: 'constructor' })),
  );

  expect(outline(trace)).toEqual(['other a', 'other b', 'other c']);
});

test('a span received twice is shown once, with its end', () => {
  const trace = readWhole(otlp(span('a', { to: null }), span('a'), span('a', { to: null })));

  expect(trace.rows.size).toBe(1);
  expect(trace.rows.get('a')?.endMs).toBeDefined();
  expect(trace.repairs).toEqual(['2 spans were received twice, shown once.']);
});

test('two traces with the same ids of spans keep theirs apart', () => {
  const one = [span('run', { kind: 'AGENT' }), span('Step 1', { parent: 'run', from: 1 })];
  const other = one.map((each) => ({ ...each, traceId: 'b'.repeat(32) }));

  const trace = readWhole(otlp(...one, ...other));

  expect(outline(trace)).toEqual(['agent run', '  step Step 1', 'agent run', '  step Step 1']);
});

test('lines of a collector are read, and the one that was cut off is said to be missing', () => {
  const lines = [otlp(span('a')), otlp(span('b', { from: 1 }))].map((each) => JSON.stringify(each));

  const trace = readWhole(`${lines.join('\n')}\n${lines[0]?.slice(0, 40)}`);

  expect(trace.rows.size).toBe(2);
  expect(trace.repairs).toEqual(['1 of 3 lines could not be read.']);
});

test('a chain of spans a hundred thousand deep is read', () => {
  const spans = Array.from({ length: 100_000 }, (_, index) =>
    span(`s${index}`, { parent: index ? `s${index - 1}` : '', from: index, to: 200_000 }),
  );

  const trace = readTrace(otlp(...spans));

  expect(trace.rows.size).toBe(100_000);
  expect(trace.roots).toHaveLength(1);
});

test('a message of a million characters is kept whole, and its label is short', () => {
  const text = `Thought: ${'x'.repeat(1_000_000)}`;
  const attributes = [
    { key: 'llm.output_messages.0.message.contents.0.message_content.text', value: { stringValue: text } },
    { key: 'openinference.span.kind', value: { stringValue: 'LLM' } },
  ];

  const [row] = readWhole(otlp(span('a', { attributes }))).roots;

  expect(row?.details().messages[0]?.text).toBe(text);
  expect(row?.label.length).toBeLessThan(100);
});

test('keys that are names of JavaScript stay keys', () => {
  const attributes = [
    { key: '__proto__', value: { stringValue: 'polluted' } },
    { key: 'llm.input_messages.__proto__.message.role', value: { stringValue: 'x' } },
    { key: 'llm.input_messages.99999999.message.role', value: { stringValue: 'far' } },
    {
      key: 'llm.output_messages.0.message.tool_calls.4000000000.tool_call.function.name',
      value: { stringValue: 'far' },
    },
    { key: 'openinference.span.kind', value: { stringValue: 'LLM' } },
  ];

  const [row] = readWhole(otlp(span('a', { attributes }))).roots;

  expect(Object.entries(row?.details().attributes ?? {})[0]).toEqual(['__proto__', 'polluted']);
  expect(row?.details().messages[0]?.role).toBe('far');
});

test('pictures that are elsewhere are left out', () => {
  const key = 'llm.input_messages.0.message.contents';
  const attributes = [
    { key: `${key}.0.message_content.image.image.url`, value: { stringValue: 'https://tracker.example/a.png' } },
    { key: `${key}.1.message_content.image.image.url`, value: { stringValue: 'data:image/png;base64,AAAA' } },
    { key: `${key}.2.message_content.image.image.url`, value: { stringValue: 'data:text/html,x' } },
    { key: 'openinference.span.kind', value: { stringValue: 'LLM' } },
  ];

  const [row] = readWhole(otlp(span('a', { attributes }))).roots;

  expect(row?.details().messages[0]?.images).toEqual(['data:image/png;base64,AAAA']);
});

const samples: [string, unknown][] = [
  [
    'OTLP',
    otlp(
      span('r', { kind: 'AGENT' }),
      span('Step 1', { parent: 'r', events: [{ name: 'exception', attributes: [] }], status: { code: 2 } }),
    ),
  ],
  [
    'Phoenix',
    {
      data: [
        {
          name: 'r',
          context: { trace_id: 't', span_id: 's' },
          parent_id: null,
          span_kind: 'LLM',
          start_time: '2026-11-22T00:00:00.123456+00:00',
          end_time: null,
          status_code: 'OK',
          attributes: { llm: { input_messages: [{ message: { role: 'user', content: 'hi' } }] } },
          events: [],
        },
      ],
    },
  ],
  [
    'events',
    {
      events: [
        { type: 'run-start', task: 't', runId: 'r', path: ['A'] },
        { type: 'tool-call', call: { id: 'c', name: 'x', arguments: {} }, runId: 'r', path: ['A'], step: 1 },
        {
          type: 'tool-result',
          call: { id: 'c', name: 'x', arguments: {} },
          result: { id: 'c', text: '', error: { type: 'E', code: 'agent', message: 'm' } },
          runId: 'r',
          path: ['A'],
          step: 1,
        },
        {
          type: 'step',
          step: { type: 'action', number: 1, text: 'x', toolCalls: [], timing: { startMs: 1, endMs: 2 } },
          runId: 'r',
          path: ['A'],
        },
        { type: 'run-end', state: 'success', runId: 'r', path: ['A'] },
      ],
    },
  ],
  [
    'a log',
    {
      kind: 'run/1',
      log: [
        { type: 'begin', within: [], runId: 'r', agent: { class: 'A' }, task: 't' },
        { type: 'reply', within: [], number: 1, reply: { content: 'x', toolCalls: [] }, calls: [] },
        { type: 'call', within: [], number: 1, call: { id: 'c', name: 'x', arguments: {} } },
        { type: 'result', within: [], number: 1, call: { id: 'c', name: 'x', arguments: {} }, outcome: { output: 1 } },
        { type: 'end', within: [], state: 'success' },
      ],
    },
  ],
  ...(['seed', 'b_code_tool_error'] as const).flatMap((name): [string, unknown][] => {
    const file = golden(name);
    return file ? [[name, { kind: 'golden/1', spans: file.spans.slice(0, 4) }]] : [];
  }),
];
const HOSTILE = [null, undefined, 0, -1, Number.NaN, '', 'x', true, [], {}, [null], { length: 3 }, '\ud800', 1e308];

test.each(samples)(
  '%s with any one value in place of another is shown or said to be no trace, and never throws',
  (_what, sample) => {
    let shown = 0;
    for (const place of placesIn(sample)) {
      for (const value of HOSTILE) {
        const input = replaced(sample, place, value);
        try {
          readWhole(input);
          shown += 1;
        } catch (error) {
          if (!(error instanceof AgentConfigurationError))
            throw new Error(`${JSON.stringify(value)} at ${place.join('.')}`, { cause: error });
        }
      }
    }

    expect(shown).toBeGreaterThan(100);
  },
);

function placesIn(value: unknown): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => [[key], ...placesIn(each).map((rest) => [key, ...rest])]);
}

function replaced(value: unknown, [key = '', ...rest]: readonly string[], by: unknown): unknown {
  const copy: Record<string, unknown> = Array.isArray(value) ? Object.assign([], value) : Object.assign({}, value);
  copy[key] = rest.length ? replaced(copy[key], rest, by) : by;
  return copy;
}
