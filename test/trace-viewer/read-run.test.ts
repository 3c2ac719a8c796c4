import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type AgentRun, CodeAgent, type RunResult, ToolCallingAgent, tool } from '../../src/index';
import { call, code, finalAnswer, scriptedModel } from '../../src/testing/index';
import { LiveTrace } from '../../src/trace-viewer/rows/live-trace';
import { readTrace } from '../../src/trace-viewer/rows/read-trace';
import type { Trace } from '../../src/trace-viewer/trace';
import { outline } from '../fakes/row-outline';

const recording = readFileSync('demo/recordings/gdp.run.json', 'utf8');

test('the recorded run is read from its events, with the tokens of all agents and the times that it tells', () => {
  const { result, modelReplies } = JSON.parse(recording);

  const trace = readTrace(recording);
  const [run] = trace.roots;

  expect(trace).toMatchObject({ outcome: 'answered', answer: 25.1, errors: [] });
  expect(run?.below).toMatchObject({ ...pick(result.inclusiveUsage), modelCalls: 6, errors: 0 });
  const model = run?.children[0]?.children[0];
  expect(Number(model?.endMs) - Number(model?.startMs)).toBe(modelReplies[0].durationMs);
  expect(trace.repairs).toEqual([
    'The file tells when steps began and ended; the times of single calls are estimates.',
  ]);
});

test('a step has the time of the reply that says what it says, where another one had calls and no words', () => {
  const about = { runId: 'r', path: ['A'] };
  const timing = { startMs: 0, endMs: 9_000 };
  const events = [
    { ...about, type: 'run-start', task: 'Go.' },
    { ...about, type: 'step', step: { type: 'action', number: 1, text: 'I said so.', toolCalls: [], timing } },
  ];
  const reply = (content: string | null, durationMs: number) => ({
    parts: [{ type: 'reply', reply: { content, toolCalls: [] } }],
    durationMs,
  });

  const trace = readTrace({ kind: 'run/1', events, modelReplies: [reply(null, 1_000), reply('I said so.', 5_000)] });

  expect(trace.roots[0]?.children[0]?.children[0]).toMatchObject({ kind: 'model', startMs: 0, endMs: 5_000 });
});

function pick({ inputTokens, outputTokens }: { inputTokens: number; outputTokens: number }) {
  return { inputTokens, outputTokens };
}

test('a log is read as its events tell it, managed agents, plan and failure with it', async () => {
  const add = tool({
    name: 'add_one',
    description: 'Adds one.',
    inputs: { a: { type: 'number', description: 'A number.' } },
    execute: ({ a }) => {
      if (Number(a) > 5) throw new Error('too large');
      return Number(a) + 1;
    },
  });
  const helper = new ToolCallingAgent({
    model: scriptedModel(call('add_one', { a: 9 }), call('add_one', { a: 2 }), finalAnswer('three')),
    tools: [add],
    name: 'helper',
    description: 'Adds.',
  });
  const model = scriptedModel(code('print(await helper({ task: "2 + 1" }))'), code('final_answer(3)'));
  const agent = new CodeAgent({ model, managedAgents: [helper] });
  const log: string[] = [];
  await agent.run('What is 2 + 1?', { log: (entry) => void log.push(JSON.stringify(entry)) });

  const trace = readTrace(log.join('\n'));

  expect(trace).toMatchObject({ task: 'What is 2 + 1?', outcome: 'answered', answer: 3 });
  expect(outline(trace)).toEqual([
    'agent CodeAgent: What is 2 + 1?',
    expect.stringMatching(/^ {2}step Step 1: code, 1 line → /),
    '    model 1 model → code, 1 line',
    '    agent helper: 2 + 1',
    expect.stringMatching(/^ {6}recovered step Step 1: add_one → failed: .*too large/),
    '        model 1 model → add_one',
    expect.stringMatching(/^ {8}recovered tool add_one\(9\) → failed: .*too large/),
    '      step Step 2: add_one',
    '        model 2 model → add_one',
    '        tool add_one(2) → 3',
    '      step Step 3: final_answer',
    '        model 3 model → final_answer',
    '        tool final_answer("three")',
    '  step Step 2: code, 1 line → 3',
    '    model 2 model → code, 1 line',
    '    tool final_answer(3)',
  ]);
});

test.each([
  ['new Map([["US", 2.8]])', { US: 2.8 }, '{"US":2.8}'],
  ['new Map([[1, 2]])', [[1, 2]], '1 item'],
  ['new Set([1, 2, 3])', [1, 2, 3], '3 items'],
  ['new Error("no data")', 'Error: no data', 'Error: no data'],
  ['/x/g', '/x/g', '/x/g'],
  ['1 / 0', 'Infinity', 'Infinity'],
  [
    '({ years: NaN, big: 10n, at: new Date(0) })',
    ...shownAs({ years: 'NaN', big: '10n', at: new Date(0).toISOString() }),
  ],
  ['({ $: "number", value: 1 })', ...shownAs({ $: 'number', value: 1 })],
])('the answer %s is shown as what it is, live as in a saved log', async (written, answer, label) => {
  const live = new LiveTrace();
  const log: string[] = [];
  const agent = new CodeAgent({ model: scriptedModel(code(`final_answer(${written})`)) });

  const run = agent.stream('Go.', { log: (entry) => void log.push(JSON.stringify(entry)) });
  for await (const event of run) live.add(event);

  for (const trace of [live.trace, readTrace(log.join('\n'))]) {
    expect(trace.answer).toEqual(answer);
    expect(trace.roots[0]?.children[0]?.label).toBe(`Step 1: code, 1 line → ${label}`);
  }
});

function shownAs(value: object): [object, string] {
  return [value, JSON.stringify(value)];
}

test('a run that waits for a human is shown so from its log and from its file, with the call, also in a managed agent', async () => {
  const pay = tool({
    name: 'pay',
    description: 'Pays.',
    inputs: { euros: { type: 'number', description: 'How much.' } },
    needsApproval: true,
    execute: ({ euros }) => `paid ${euros}`,
  });
  const payer = (more = {}) =>
    new ToolCallingAgent({
      model: scriptedModel(call('pay', { euros: 9 }), finalAnswer('done')),
      tools: [pay],
      ...more,
    });
  const clerk = payer({ name: 'clerk', description: 'Pays.' });
  for (const agent of [
    payer(),
    new CodeAgent({ model: scriptedModel(code('await clerk("Pay.")')), managedAgents: [clerk] }),
  ]) {
    const live = new LiveTrace();
    const log: string[] = [];
    const run = agent.stream('Go.', {
      log: (entry) => void log.push(JSON.stringify({ ...entry, snapshot: undefined })),
    });
    const result = await read(run, live);

    const traces = [readTrace(log.join('\n')), readTrace(await result.save())];

    for (const trace of traces) {
      expect(trace).toMatchObject({ outcome: 'waiting', stoppedBy: 'waiting' });
      expect(withoutModels(trace)).toEqual(withoutModels(live.trace));
      expect(outline(trace).at(-1)).toContain('pay(9) → waits for a human');
    }
  }
});

/** Without the rows of model calls: a log has the reply of a step that waits, and events do not. */
function withoutModels(trace: Trace): string[] {
  return outline(trace).filter((line) => !line.includes(' model '));
}

/** What the run came to, which waits. */
async function read(run: AgentRun, live: LiveTrace): Promise<RunResult> {
  try {
    for await (const event of run) live.add(event);
  } catch {} // the result says so
  return run.result.catch((error) => Object(error).result);
}

test('the state of a saved run whose events have no end is that of its result', () => {
  const events = [{ type: 'run-start', task: 'Go.', runId: 'r', path: ['A'] }];

  const traces = ['interrupted', 'budget', 'success', 'gone'].map((state) =>
    readTrace({ kind: 'run/1', events, result: { state, output: 'yes' } }),
  );

  expect(traces.map(({ outcome, stoppedBy }) => [outcome, stoppedBy])).toEqual([
    ['stopped', 'interrupted'],
    ['stopped', 'budget'],
    ['answered', undefined],
    ['stopped', 'gone'],
  ]);
});
