import { describe, expect, test } from 'vitest';
import { readTrace } from '../../src/trace-viewer/rows/read-trace';
import { filterRows, makeLabels, searchRows } from '../../src/trace-viewer/whole/find-rows';
import { rollUp } from '../../src/trace-viewer/whole/roll-up';
import { timeBand } from '../../src/trace-viewer/whole/time-band';
import { golden } from '../fakes/viewer-files';

const seed = golden('seed');
const failing = golden('b_code_tool_error');

test.runIf(seed)('a search looks in all texts, not only in names, and takes signs of patterns as they are', () => {
  const trace = readTrace(seed);

  const labels = (text: string) => searchRows(trace, text).map(({ id }) => id);

  expect(labels('2.8 PERCENT')).toContain('s6');
  expect(labels('ln(1+g)')).toEqual(['s14']);
  expect(labels('.*')).toEqual([]);
  expect(labels('')).toEqual([]);
});

describe('a search finds what stands on a row', () => {
  const spans = [
    span('1', { 'openinference.span.kind': 'TOOL', 'tool.name': 'web_search', 'input.value': '{"q":"say \\"hi\\""}' }),
    span('2', {
      'openinference.span.kind': 'TOOL',
      'tool.name': 'web_search',
      'input.value': '{"q": "caf\\u00e9 \\\\d"}',
    }),
  ];
  const trace = readTrace({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
  const found = (text: string) => searchRows(trace, text).map(({ id }) => id);

  test.each([
    ['say "hi"', '1'],
    ['café', '2'],
    ['\\d', '2'],
  ])('also where JSON writes it otherwise: %s', (text, id) => {
    expect(found(text)).toEqual([id]);
  });

  test('as soon as all labels are made, which are made once', async () => {
    const made = [await makeLabels(trace), await makeLabels(trace)];

    expect(made).toEqual([true, false]);
    expect(trace.rows.get('1')?.label).toBe('web_search("say "hi"")');
    expect(found('web_search("say')).toEqual(['1']);
    expect(found('web_search("')).toEqual(['1', '2']);
    expect(found('web_search("tell')).toEqual([]);
  });
});

test.runIf(failing)('a search finds the message of an exception', () => {
  const found = searchRows(readTrace(failing), 'iso ALPHA-3 code');

  expect(found.map(({ id }) => id)).toContain('s3');
});

test.runIf(failing)(
  'filters give the rows of a kind, and the slow ones are those that took the time themselves',
  () => {
    const trace = readTrace(slowed(failing));

    const ids = (filter: Parameters<typeof filterRows>[1]) => filterRows(trace, filter).map(({ id }) => id);

    expect(ids('errors')).toEqual(['s1', 's3']);
    expect(ids('agents')).toEqual(['s0']);
    expect(ids('tools')).toEqual(['s3', 's6', 's9']);
    expect(ids('model')).toEqual(['s2', 's5', 's8']);
    expect(ids('slow')).toEqual(['s5']);
  },
);

test.runIf(failing)('the band of time says what the run waited for, and its totals are the whole', () => {
  const trace = readTrace(slowed(failing));

  const { totals, parts } = timeBand(trace);

  expect(totals.model).toBe(1002);
  expect(totals.tool).toBe(3);
  expect(Object.values(totals).reduce((sum, each) => sum + each)).toBe(trace.endMs - trace.startMs);
  expect(parts[0]?.startMs).toBe(trace.startMs);
  expect(parts.at(-1)?.endMs).toBeCloseTo(trace.endMs);
  expect(parts.find(({ spending }) => spending === 'model')).toBeDefined();
});

test.runIf(seed)('tables add up what each agent, model and tool cost, a manager without those it manages', () => {
  const trace = readTrace(seed, { prices: { 'gpt-4o-mini': { input: 1, output: 10 } } });

  const [manager, helper] = [...rollUp(trace, 'agent')].sort((a, b) => a.name.localeCompare(b.name));

  expect(manager).toMatchObject({ name: 'CodeAgent', calls: 1, own: { inputTokens: 922, outputTokens: 105 } });
  expect(manager?.below).toMatchObject({ inputTokens: 2178, outputTokens: 184, modelCalls: 5, toolCalls: 4 });
  expect(manager?.below.cost).toBeCloseTo((2178 + 1840) / 1e6, 12);
  expect(helper).toMatchObject({ name: 'managed_agent', own: { inputTokens: 1256, outputTokens: 79 } });
  expect(rollUp(trace, 'model')).toMatchObject([{ name: 'gpt-4o-mini', calls: 5, own: { inputTokens: 2178 } }]);
  expect(rollUp(trace, 'tool').map(({ name, calls }) => [name, calls])).toEqual(
    expect.arrayContaining([
      ['final_answer', 2],
      ['web_search', 1],
    ]),
  );
});

test.runIf(failing)('tokens of a step that failed are counted as wasted', () => {
  const [model] = rollUp(readTrace(failing), 'model');

  expect(model?.wastedTokens).toBe(180);
});

/** The file as spans of OTLP, a second for the second model call and a millisecond for all else. */
function slowed(file: typeof failing): unknown {
  const trace = readTrace(file);
  const late = (ms: number) => (ms > 9 ? ms + 999 : ms);
  const spans = [...trace.rows.values()].map((row) => ({
    spanId: row.id,
    traceId: 't',
    parentSpanId: row.parent?.id,
    name: row.name,
    startTimeUnixNano: late(row.startMs) * 1e6,
    endTimeUnixNano: late(row.endMs ?? 0) * 1e6,
    status: { code: row.error ? 2 : 1 },
    attributes: Object.entries(row.details().attributes).map(([key, value]) => ({
      key,
      value: { stringValue: String(value) },
    })),
  }));
  return { resourceSpans: [{ scopeSpans: [{ spans }] }] };
}

function span(spanId: string, attributes: Readonly<Record<string, string>>): unknown {
  return {
    ...{ spanId, traceId: 't', name: 'Tool', startTimeUnixNano: 1e6, endTimeUnixNano: 2e6 },
    attributes: Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } })),
  };
}
