import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type AgentEvent, CodeAgent, ToolCallingAgent, tool } from '../../src/index';
import { call, code, finalAnswer, readRunFile, scriptedModel, text } from '../../src/testing/index';
import { callIdOf, rewindAt } from '../../src/trace-viewer/rewind-place';
import { LiveTrace } from '../../src/trace-viewer/rows/live-trace';
import { readTrace } from '../../src/trace-viewer/rows/read-trace';
import type { Trace } from '../../src/trace-viewer/trace';
import { traceFile } from '../../src/trace-viewer/whole/trace-file';
import { traceMarkdown } from '../../src/trace-viewer/whole/trace-markdown';
import { tracePage } from '../../src/trace-viewer/whole/trace-page';
import { outline } from '../fakes/row-outline';
import { golden } from '../fakes/viewer-files';

const seed = golden('seed');
const failing = golden('b_code_tool_error');
const SECRET = 'hf_abcdefghijklmnopqrstuvwxyz';

const add = tool({
  name: 'add_one',
  description: 'Adds one.',
  inputs: { a: { type: 'number', description: 'A number.' } },
  execute: ({ a }) => {
    if (Number(a) > 5) throw new Error(`too large for ${SECRET}`);
    return Number(a) + 1;
  },
});

async function read(run: AsyncIterable<AgentEvent>, live: LiveTrace): Promise<LiveTrace> {
  try {
    for await (const event of run) live.add(event);
  } catch {} // it waits for a human
  return live;
}

async function watched(live = new LiveTrace(), printed = SECRET): Promise<LiveTrace> {
  const helper = new ToolCallingAgent({
    model: scriptedModel(call('add_one', { a: 9 }), call('add_one', { a: 2 }), finalAnswer(new Map([['sum', 3]]))),
    tools: [add],
    name: 'helper',
    description: 'Adds.',
  });
  const model = scriptedModel(code(`print("${printed}", await helper({ task: "2 + 1" }))`), code('final_answer(3)'));
  return read(new CodeAgent({ model, managedAgents: [helper] }).stream('What is 2 + 1?'), live);
}

test('a watched run is saved with its spans and events, and opens as what it was', async () => {
  const { trace } = await watched();

  const file = await traceFile(trace);
  const opened = readTrace(JSON.stringify(file));

  expect(Object.keys(file).sort()).toEqual(['events', 'kind', 'resourceSpans', 'task']);
  expect(outline(opened)).toEqual(outline(trace).map((line) => line.replaceAll(SECRET, '__REDACTED__')));
  expect(opened).toMatchObject({ task: trace.task, outcome: 'answered', repairs: [] });
  expect(opened.roots[0]?.below).toEqual(trace.roots[0]?.below);
});

/** What the form for going on asks of a trace, whatever ids its rows have. */
function placesOf({ rows }: Trace) {
  return [...rows.values()].map((row) => [
    row.label.replace(SECRET, '__REDACTED__'),
    callIdOf(row),
    row.kind === 'step' ? rewindAt(row, {}) : undefined,
    ...[row.isKept, row.isEdited, row.details().isWaiting ?? false],
  ]);
}

test('a watched run that was saved tells the ids of its calls, those that lead to managed agents as well', async () => {
  const { trace } = await watched(new LiveTrace(), 'two');
  const file = await traceFile(trace);

  const opened = readTrace(file);
  const before = readTrace(JSON.stringify(file).replaceAll('"tool_call.id"', '"smolagents.tool_call.id"'));

  expect(placesOf(opened)).toEqual(placesOf(trace));
  expect(placesOf(before)).toEqual(placesOf(trace));
  const inside = { step: 1, edits: { managed: { c1: { step: 2 } } } };
  expect(placesOf(opened)).toContainEqual(['Step 2: add_one', undefined, inside, false, false, false]);
});

test('what a branch kept and what was edited of it is so in its file', async () => {
  const { trace } = await watched(new LiveTrace(), 'two');
  for (const from of [trace, readTrace(await traceFile(trace))]) {
    const edits = { earlier: { 1: { said: 'I know it.', seen: 'three' } } };
    const branch = await watched(new LiveTrace({ origin: { trace: from, step: 2, edits } }), 'two');

    const opened = readTrace(await traceFile(branch.trace));

    expect(placesOf(opened)).toEqual(placesOf(branch.trace));
    expect(outline(opened)[1]).toBe('  step Step 1: "I know it."');
    expect(opened.roots[0]?.children[0]).toMatchObject({ isKept: true, isEdited: true });
  }
});

test('a call that waits for a human and a last word are so in the file', async () => {
  const wait = tool({ ...add, needsApproval: true });
  const waiting = new ToolCallingAgent({ model: scriptedModel(call('add_one', { a: 1 })), tools: [wait] });
  const talking = new ToolCallingAgent({
    model: scriptedModel(call('add_one', { a: 1 }), text('About two.')),
    tools: [add],
    maxSteps: 1,
  });
  for (const agent of [waiting, talking]) {
    const { trace } = await read(agent.stream('Add.'), new LiveTrace());

    const opened = readTrace(await traceFile(trace));

    const tops = ({ roots }: Trace) => roots[0]?.children.map(({ kind, label }) => `${kind} ${label}`);
    const waits = ({ rows }: Trace) => [...rows.values()].map((row) => row.details().isWaiting);
    expect(tops(opened)).toEqual(tops(trace));
    expect(waits(opened)).toEqual(waits(trace));
    expect(opened).toMatchObject({ outcome: trace.outcome, stoppedBy: trace.stoppedBy });
  }
});

test('no key is in a file or in Markdown', async () => {
  const { trace } = await watched();

  const texts = [JSON.stringify(await traceFile(trace)), await traceMarkdown(trace)];

  expect(JSON.stringify(trace.source)).toContain(SECRET);
  for (const text of texts) {
    expect(text).toContain('__REDACTED__');
    expect(text).not.toContain(SECRET);
  }
});

test('no key is in a page, be it in the task, where the title cuts it', async () => {
  const task = `${'Go. '.repeat(17)}Use ${SECRET}`;
  const live = new LiveTrace();
  for await (const event of new CodeAgent({ model: scriptedModel(code(`final_answer("${SECRET}")`)) }).stream(task))
    live.add(event);

  const page = await tracePage(live.trace, '');

  expect(page).toMatch(/<title>(Go\. ){17}Use /);
  expect(page).toContain('__REDACTED__');
  expect(page).not.toContain(SECRET.slice(0, 6));
});

test.runIf(seed && failing)('golden traces are saved as spans of OTLP that read the same', async () => {
  for (const file of [seed, failing]) {
    const trace = readTrace(file);

    const opened = readTrace(await traceFile(trace));

    expect(outline(opened)).toEqual(outline(trace));
    expect(opened.roots[0]?.below).toEqual(trace.roots[0]?.below);
    expect(opened.errors.map(({ error }) => error?.message)).toEqual(trace.errors.map(({ error }) => error?.message));
  }
});

test("a run's file is saved as it was", async () => {
  const file = JSON.parse(readFileSync('demo/recordings/gdp.run.json', 'utf8'));

  const saved = await traceFile(readTrace(file));

  expect(saved).toEqual(file);
});

test('a recording that holds spans as well is still one that can be replayed', () => {
  const file = JSON.parse(readFileSync('demo/recordings/gdp.run.json', 'utf8'));

  const read = () => readRunFile({ ...file, resourceSpans: [] });

  expect(read).not.toThrow();
  expect(() => readRunFile({ ...file, spans: [] })).toThrow('spans');
});

test.runIf(failing)('Markdown tells outcome, error, code and observations, and no text can end its fence', async () => {
  const text = JSON.stringify(failing).replaceAll('rate 2.8', '```\\n# not a title\\n```');

  const markdown = await traceMarkdown(readTrace(text));

  expect(markdown).toContain('# What is the growth rate of the US?');
  expect(markdown).toContain('Answer: 2.8 percent');
  expect(markdown).toContain('country must be an ISO alpha-3 code');
  expect(markdown).toMatch(/(`{4,})\nExecution logs:\n```\n# not a title\n```[\s\S]*?\n\1/);
});

test('nothing in a trace can end the element of the page that it stands in', async () => {
  const start = { type: 'run-start', runId: 'r', path: [], task: 'Go.' };
  const hostile = '</script><script>alert(1)</script><!-- \u2028';

  const page = await tracePage(
    readTrace({ kind: 'run/1', task: hostile, events: [start] }),
    'const end = "</script>";',
  );

  expect(page.match(/<\/script/g)).toHaveLength(2);
  expect(page.match(/<script/g)).toHaveLength(2);
  expect(page).not.toContain('<!-- ');
  const run = /<script type="application\/json" id="run">(.*?)<\/script>/s.exec(page)?.[1] ?? '';
  expect(JSON.parse(run)).toMatchObject({ kind: 'run/1', task: hostile });
});
