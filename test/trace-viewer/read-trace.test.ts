import { expect, test } from 'vitest';
import { largeTrace } from '../../scripts/trace-viewer-figures/large-trace';
import { CodeAgent, ToolCallingAgent, tool } from '../../src/index';
import { runWatcher } from '../../src/telemetry/spans/run-watcher';
import { call, code, finalAnswer, scriptedModel, text } from '../../src/testing/index';
import { readTrace, readTraceInSlices } from '../../src/trace-viewer/rows/read-trace';
import { outline } from '../fakes/row-outline';
import { tracing } from '../fakes/tracing';
import { golden, otlpFile } from '../fakes/viewer-files';

const seed = golden('seed');
const failing = golden('b_code_tool_error');

test.runIf(seed)('a golden trace reads from top to bottom without opening a row', () => {
  const trace = readTrace(seed);

  expect(outline(trace)).toEqual([
    'agent CodeAgent: If the US keeps its 2024 growth rate, how many years will it take for the GDP t…',
    '  step Step 1: code, 2 lines → Report from managed_agent: The US economy grew by 2.8 percent in 2024 (https://…',
    '    model 1 model "I need the growth rate; my team member can search."',
    '    agent managed_agent: You are managed_agent. Subtask: Find the US GDP growth rate for 2024 and cite t…',
    '      step Step 1: web_search',
    '        model 1 model → web_search',
    '        tool web_search("US GDP growth rate 2024") → 2 results',
    '      step Step 2: visit_webpage',
    '        model 2 model → visit_webpage',
    '        tool visit_webpage("https://stats.example/us-gdp-2024") → US GDP 2024',
    '      step Step 3: final_answer',
    '        model 3 model → final_answer',
    '        tool final_answer("The US economy grew by 2.8 percent in 2024 (https://stats.example/us-gdp-2024).")',
    '  step Step 2: code, 5 lines → 25.1',
    '    model 2 model "With constant growth the doubling time is ln 2 / ln(1+g)."',
    '    tool final_answer(25.1)',
  ]);
  expect(trace).toMatchObject({ outcome: 'answered', answer: '25.1', errors: [] });
});

test.runIf(failing)('one failure is one error, at the call that failed, with the line of the code in its step', () => {
  const trace = readTrace(failing);

  const [error, ...others] = trace.errors;

  expect(others).toEqual([]);
  expect(error).toMatchObject({
    subject: 'growth_rate',
    state: 'recovered',
    error: { type: 'ValueError', message: 'country must be an ISO alpha-3 code' },
  });
  expect(error?.parent).toMatchObject({ state: 'recovered', error: { type: 'AgentExecutionError', line: 1 } });
});

test.runIf(failing)('a run whose span was lost is a row of its own, and failed where its last step did', () => {
  const spans = failing?.spans
    .slice(1, 4)
    .map((span) => ({ ...span, parent: span.parent === 's0' ? 'lost0' : span.parent }));

  const trace = readTrace({ ...failing, spans });

  expect(trace.outcome).toBe('failed');
  expect(trace.repairs).toContain('1 span was named as parent, but not received.');
  expect(outline(trace)).toEqual([
    'agent Parent not received',
    '  failed step Step 1: code, 2 lines → failed: ValueError: country must be an ISO alpha-3 code',
    '    model 1 model "I call the tool."',
    '    failed tool growth_rate("US") → failed: country must be an ISO alpha-3 code',
  ]);
});

const growthRate = tool({
  name: 'growth_rate',
  description: 'Growth of a country in percent.',
  inputs: { country: { type: 'string', description: 'ISO alpha-3 code.' } },
  execute: ({ country }) => {
    if (country !== 'USA') throw new Error('country must be an ISO alpha-3 code');
    return 2.8;
  },
});

test('what this SDK sends is read with its failures, sums and line of code', async () => {
  const { tracerProvider, spans } = tracing();
  const model = scriptedModel(
    code('const a = 1;\nawait growth_rate({ country: "US" });'),
    code('final_answer(await growth_rate({ country: "USA" }))'),
  );
  await new CodeAgent({ model, tools: [growthRate] }).run('How fast?', { telemetry: runWatcher({ tracerProvider }) });

  const trace = readTrace(otlpFile(spans()));

  expect(trace).toMatchObject({ task: 'How fast?', outcome: 'answered', answer: 2.8, repairs: [] });
  expect(trace.errors.map(({ label, parent }) => [label, parent?.error?.line])).toEqual([
    ['growth_rate("US") → failed: country must be an ISO alpha-3 code', 2],
  ]);
  expect(trace.roots[0]?.below).toMatchObject({ modelCalls: 2, toolCalls: 3, errors: 1 });
});

test('a trace with the attributes of gen_ai alone has the same kinds, messages, tokens and failures', async () => {
  const { tracerProvider, spans } = tracing();
  const model = scriptedModel(
    { ...call('growth_rate', { country: 'US' }), usage: { inputTokens: 10, outputTokens: 2 } },
    finalAnswer('fast'),
  );
  const telemetry = runWatcher({ tracerProvider, genAiContent: true });
  await new ToolCallingAgent({ model, tools: [growthRate] }).run('How fast?', { telemetry });
  const file = JSON.parse(otlpFile(spans()), (key, value) =>
    key === 'attributes' ? value.filter((each: { key: string }) => /^(gen_ai|exception|error)/.test(each.key)) : value,
  );

  const trace = readTrace(file);

  expect(outline(trace)).toEqual([
    'agent ToolCallingAgent',
    '  recovered step Step 1: growth_rate → failed: growth_rate failed: Error: country must be an ISO alpha-3 code',
    '    model 1 model → growth_rate',
    '    recovered tool growth_rate("US") → failed: country must be an ISO alpha-3 code',
    '  step Step 2: final_answer',
    '    model 2 model → final_answer',
    '    tool final_answer("fast")',
  ]);
  expect(trace.roots[0]?.below).toMatchObject({ inputTokens: 10, outputTokens: 2, errors: 1 });
  const messages = trace.roots[0]?.children[1]?.children[0]?.details().messages ?? [];
  expect(messages.map(({ role, isNew }) => `${role} ${isNew}`)).toEqual([
    'system false',
    'user false',
    'assistant true',
    'tool true',
    'assistant true',
  ]);
  expect(messages[2]?.text).toContain('growth_rate');
});

test('tokens cost what the table says of their model, and nothing is said where it has no price', async () => {
  const { tracerProvider, spans } = tracing();
  const usage = { inputTokens: 1000, outputTokens: 100 };
  const model = scriptedModel({ ...finalAnswer('a'), usage });
  await new ToolCallingAgent({ model, tools: [] }).run('How fast?', { telemetry: runWatcher({ tracerProvider }) });
  const file = otlpFile(spans());

  const costs = [{ [model.modelId]: { input: 2, output: 10 } }, { other: { input: 2, output: 10 } }].map(
    (prices) => readTrace(file, { prices }).roots[0]?.below.cost,
  );

  expect(costs).toEqual([0.003, undefined]);
});

test('run/1 files that hold spans are read from these', async () => {
  const { tracerProvider, spans } = tracing();
  await new ToolCallingAgent({ model: scriptedModel(finalAnswer('a')), tools: [] }).run('Spans?', {
    telemetry: runWatcher({ tracerProvider }),
  });
  const { resourceSpans } = JSON.parse(otlpFile(spans()));

  const trace = readTrace({ kind: 'run/1', task: 'Events?', events: [], resourceSpans });

  expect(trace).toMatchObject({ task: 'Spans?', answer: 'a' });
});

test.each(['strict', 'improved'] as const)(
  'a run that was aborted is stopped, and counts no error (%s)',
  async (compat) => {
    const { tracerProvider, spans } = tracing();
    const abort = new AbortController();
    const hang = tool({
      name: 'hang',
      description: 'Never ends.',
      inputs: {},
      execute: () => {
        abort.abort('enough');
        return new Promise(() => {});
      },
    });
    const agent = new ToolCallingAgent({ model: scriptedModel(call('hang', {})), tools: [hang] });
    const telemetry = runWatcher({ tracerProvider, compat });
    await agent.run('Wait.', { telemetry, signal: abort.signal }).catch(() => {});

    const trace = readTrace(otlpFile(spans()));

    expect(trace).toMatchObject({ outcome: 'stopped', stoppedBy: 'interrupted', errors: [] });
    expect(trace.roots[0]?.below.errors).toBe(0);
  },
);

test.each(['strict', 'improved'] as const)(
  'plans stand between the steps, and a last word is none (%s)',
  async (compat) => {
    const { tracerProvider, spans } = tracing();
    const model = scriptedModel(text('First ask.'), call('growth_rate', { country: 'USA' }), text('I do not know.'));
    const agent = new ToolCallingAgent({ model, tools: [growthRate], planningInterval: 9 });
    await agent.run('How fast?', { telemetry: runWatcher({ tracerProvider, compat }), maxSteps: 1 });

    const trace = readTrace(otlpFile(spans()));

    expect(trace).toMatchObject({ outcome: 'stopped', stoppedBy: 'max_steps_error', answer: 'I do not know.' });
    expect(outline(trace)).toEqual([
      'agent ToolCallingAgent: How fast?',
      '  plan plan "First ask."',
      '  step Step 1: growth_rate',
      '    model 1 model → growth_rate',
      '    tool growth_rate("USA") → 2.8',
      '  model model "I do not know."',
    ]);
  },
);

test.runIf(seed)('the answer of a run that Python streamed is that of its last step, not all its events', () => {
  const [root, ...others] = seed?.spans ?? [];
  const streamed = { 'output.value': "ChatMessageStreamDelta(content='T')ActionStep(step_number=1)" };
  const attributes = { ...Object(root?.attributes), ...streamed };

  const trace = readTrace({ ...seed, spans: [{ ...root, attributes }, ...others] });

  expect(trace.answer).toBe(25.1);
});

test('a large file is read in slices: what else the page has to do is done meanwhile, and the trace is the same', async () => {
  const file = largeTrace(30_000);
  let turns = 0;
  let isRead = false;
  const turn = () => {
    turns += 1;
    if (!isRead) setTimeout(turn, 0);
  };

  setTimeout(turn, 0);
  const trace = await readTraceInSlices(file);
  isRead = true;

  expect(turns).toBeGreaterThan(0);
  expect(trace.rows.size).toBe(30_000);
  expect([...trace.rows.keys()]).toEqual([...readTrace(file).rows.keys()]);
});

test('what a span was written without is counted, and told in its details', () => {
  const span = (spanId: string, counts: object) => ({ ...{ traceId: '1', spanId, name: spanId }, ...counts });
  const spans = [
    span('a', { droppedAttributesCount: 3, droppedEventsCount: '2' }),
    span('b', { droppedLinksCount: 1 }),
    span('c', { droppedAttributesCount: 0, droppedEventsCount: -1, droppedLinksCount: 'many' }),
  ];

  const { rows, repairs } = readTrace({ resourceSpans: [{ scopeSpans: [{ spans }] }] });

  expect(repairs).toContain(
    '2 spans were without some attributes, events or links: dropped before the file was written.',
  );
  expect([...rows.values()].map((row) => row.details().dropped)).toEqual([
    { attributes: 3, events: 2, links: 0 },
    { attributes: 0, events: 0, links: 1 },
    undefined,
  ]);
});

test('a trace that was kept without all of its spans says so', () => {
  const file = { resourceSpans: [{ scopeSpans: [{ spans: [{ traceId: '1', spanId: 'a', name: 'a' }] }] }] };

  expect(readTrace({ ...file, incomplete: true }).repairs[0]).toMatch(/^Spans are missing/);
  expect(readTrace(file).repairs.join()).not.toContain('missing');
});
