import { describe, expect, test } from 'vitest';
import { AgentError, type AgentEvent, CodeAgent, ToolCallingAgent, tool } from '../../src/index';
import { runWatcher } from '../../src/telemetry/spans/run-watcher';
import {
  call,
  calls,
  code,
  failure,
  finalAnswer,
  type ScriptedModel,
  scriptedModel,
  streamed,
  text,
} from '../../src/testing/index';
import { LiveTrace } from '../../src/trace-viewer/rows/live-trace';
import { readTrace } from '../../src/trace-viewer/rows/read-trace';
import type { TraceRow } from '../../src/trace-viewer/trace';
import { outline } from '../fakes/row-outline';
import { pay } from '../fakes/small-tools';
import { tracing } from '../fakes/tracing';
import { otlpFile } from '../fakes/viewer-files';

const add = tool({
  name: 'add_one',
  description: 'Adds one.',
  inputs: { a: { type: 'number', description: 'A number.' } },
  execute: ({ a }) => {
    if (Number(a) > 5) throw new Error('too large');
    return Number(a) + 1;
  },
});

function helper(model: ScriptedModel, name = 'helper') {
  return new ToolCallingAgent({ model, tools: [add], name, description: 'Adds.' });
}

/** Feeds a run to its end, also where it fails. */
async function watch(live: LiveTrace, events: AsyncIterable<AgentEvent>, seen: (event: AgentEvent) => void = () => {}) {
  try {
    for await (const event of events) {
      live.add(event);
      seen(event);
    }
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
  }
}

test('a row is there when its work begins, be it that nothing was heard of it yet, and runs until it ends', async () => {
  const model = scriptedModel(call('add_one', { a: 1 }), finalAnswer(2));
  const live = new LiveTrace();
  const states: (string | undefined)[][] = [];

  await watch(live, new ToolCallingAgent({ model, tools: [add] }).stream('1 + 1?'), ({ type }) => {
    const [run] = live.trace.roots;
    const [step] = run?.children ?? [];
    states.push([
      type,
      live.trace.outcome,
      run?.state,
      step?.state,
      ...(step?.children ?? []).map(({ state }) => state),
    ]);
  });

  expect(states.slice(0, 4)).toEqual([
    ['run-start', 'running', 'running', 'running', 'running'],
    ['tool-call', 'running', 'running', 'running', 'done', 'running'],
    ['tool-result', 'running', 'running', 'running', 'done', 'done'],
    ['step', 'running', 'running', 'done', 'done', 'done'],
  ]);
  expect(states.at(-1)).toEqual(['run-end', 'answered', 'done', 'done', 'done', 'done']);
});

test("a run's events and its spans are the same rows", async () => {
  const { tracerProvider, spans } = tracing();
  const models = [
    scriptedModel(code('const x = await helper({ task: "2 + 1" });\nawait add_one({ a: 7 })'), code('final_answer(3)')),
    scriptedModel(call('add_one', { a: 9 }), call('add_one', { a: 2 }), finalAnswer('three')),
  ] as const;
  const agent = new CodeAgent({ model: models[0], tools: [add], managedAgents: [helper(models[1])] });
  const live = new LiveTrace({ modelId: 'scripted' });
  await watch(live, agent.stream('What is 2 + 1?', { telemetry: runWatcher({ tracerProvider }) }));

  const told = outline(readTrace(otlpFile(spans())));

  // code that answers is no call of a tool in events
  expect(outline(live.trace)).toEqual(told.filter((line) => !line.startsWith('    tool final_answer')));
  expect(live.trace.errors.map(({ label }) => label)).toEqual([
    'add_one(9) → failed: too large',
    'add_one(7) → failed: too large',
  ]);
});

test('two managed agents at once are told apart', async () => {
  const team = ['left', 'right'].map((name) =>
    helper(scriptedModel(call('add_one', { a: 1 }), finalAnswer(name)), name),
  );
  const model = scriptedModel(calls(['left', { task: 'l' }], ['right', { task: 'r' }]), finalAnswer('both'));
  const live = new LiveTrace();

  await watch(live, new ToolCallingAgent({ model, tools: [], managedAgents: team }).stream('Both.'));

  const agents = live.trace.roots[0]?.children[0]?.children.filter(({ kind }) => kind === 'agent');
  expect(agents?.map(({ label, path, children }) => [label, path, children.length])).toEqual([
    ['left: l', ['ToolCallingAgent', 'left'], 2],
    ['right: r', ['ToolCallingAgent', 'right'], 2],
  ]);
  expect(live.trace.roots[0]?.below).toMatchObject({ modelCalls: 6, toolCalls: 5, errors: 0 });
});

test('streamed text shows in the row of the model as it comes, and of a code block its lines', async () => {
  const model = scriptedModel(streamed('Thought: I answer.\n', '<code>\nfinal_answer(1)\n', '</code>'));
  const live = new LiveTrace();
  const labels = new Set<string>();

  await watch(live, new CodeAgent({ model, streamOutputs: true }).stream('One?'), ({ type }) => {
    const row = live.trace.roots[0]?.children[0]?.children[0];
    if (type === 'text') labels.add(`${row?.state} ${row?.label}`);
  });

  expect([...labels][0]).toBe('running 1 model "I answer."');
});

test('what changed is told after each event, and an event changes only its own rows and those above', async () => {
  const script = [...Array.from({ length: 30 }, (_, a) => call('add_one', { a: -a })), finalAnswer(3)];
  let most = 0;
  const live = new LiveTrace({ onChange: (rows) => (most = Math.max(most, rows.size)) });

  await watch(
    live,
    new ToolCallingAgent({ model: scriptedModel(...script), tools: [add], maxSteps: 40 }).stream('Add.'),
  );

  expect(live.trace.rows.size).toBe(1 + 31 * 3);
  expect(most).toBeLessThanOrEqual(5);
});

test('a failed model call ends the run as failed, and its error is told once', async () => {
  const model = scriptedModel(call('add_one', { a: 1 }), failure(new Error('the model is away')));
  const live = new LiveTrace();

  await watch(live, new ToolCallingAgent({ model, tools: [add] }).stream('Add.'));

  expect(live.trace).toMatchObject({ outcome: 'failed', stoppedBy: undefined, answer: undefined });
  expect(live.trace.errors.map(({ kind, state, error }) => [kind, state, error?.message])).toEqual([
    ['model', 'failed', expect.stringContaining('the model is away')],
  ]);
});

test('a run at its limit of steps has its last word, and says what stopped it', async () => {
  const model = scriptedModel(call('add_one', { a: 1 }), text('I do not know.'));
  const live = new LiveTrace();

  await watch(live, new ToolCallingAgent({ model, tools: [add], maxSteps: 1 }).stream('Add.'));

  expect(live.trace).toMatchObject({
    outcome: 'stopped',
    stoppedBy: 'max_steps_error',
    answer: 'I do not know.',
    errors: [],
  });
});

test('an aborted run is stopped, and nothing in it runs on', async () => {
  const live = new LiveTrace();
  const hangs = tool({
    name: 'hangs',
    description: 'Never ends.',
    inputs: {},
    execute: (_, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  });
  const run = new ToolCallingAgent({ model: scriptedModel(call('hangs', {})), tools: [hangs] }).stream('Wait.');

  await watch(live, run, ({ type }) => {
    if (type === 'tool-call') run.abort('enough');
  });

  expect(live.trace).toMatchObject({ outcome: 'stopped', stoppedBy: 'interrupted' });
  expect(
    [...live.trace.rows.values()].filter(({ state, endMs }) => state === 'running' || endMs === undefined),
  ).toEqual([]);
});

test('a run that waits for a human says so', async () => {
  const live = new LiveTrace();

  await watch(live, new ToolCallingAgent({ model: scriptedModel(call('pay', {})), tools: [pay] }).stream('Pay.'));

  expect(live.trace).toMatchObject({ outcome: 'waiting', stoppedBy: 'waiting' });
});

test('a plan is a row of its own between the steps', async () => {
  const model = scriptedModel(text('First add.'), call('add_one', { a: 1 }), finalAnswer(2));
  const live = new LiveTrace();

  await watch(live, new ToolCallingAgent({ model, tools: [add], planningInterval: 5 }).stream('Add.'));

  expect(live.trace.roots[0]?.children.map(({ kind }) => kind)).toEqual(['plan', 'step', 'step']);
  expect(live.trace.roots[0]?.children[0]?.label).toContain('First add.');
});

test('a stream that breaks is shown as far as it came, and says that its end is missing', async () => {
  const live = new LiveTrace();
  for await (const event of new ToolCallingAgent({
    model: scriptedModel(call('add_one', { a: 1 })),
    tools: [add],
  }).stream('Add.')) {
    live.add(event);
    if (event.type === 'tool-call') break;
  }

  live.close();

  expect(live.trace).toMatchObject({
    outcome: 'stopped',
    stoppedBy: 'no end was received',
    repairs: ['The end of the run was not received.'],
  });
  expect(live.trace.rows.size).toBe(4);
});

test('a stream that is read from its middle is shown from there', () => {
  const live = new LiveTrace();
  const about = { runId: 'r', path: ['CodeAgent'], step: 4 };

  live.add({ ...about, type: 'tool-call', call: { id: 'c', name: 'search', arguments: { query: 'a' } } });

  expect(outline(live.trace).at(-1)).toBe('    running tool search("a")');
  expect(live.trace.repairs).toEqual(['The beginning of the run was not received.']);
});

test('a run that is told long after it was has the times that it took', () => {
  const live = new LiveTrace({ now: () => 9_000_000 });
  const about = { runId: 'r', path: ['A'], step: 1 };
  const result = { id: 'c', output: 1, text: '1' };
  const made = { id: 'c', name: 'x', arguments: {} };

  live.add({ type: 'run-start', task: 't', runId: 'r', path: ['A'] });
  live.add({ ...about, type: 'tool-call', call: made });
  live.add({ ...about, type: 'tool-result', call: made, result });
  const timing = { startMs: 1000, endMs: 3000 };
  live.add({
    type: 'step',
    step: { type: 'action', number: 1, text: '', toolCalls: [made], timing },
    runId: 'r',
    path: ['A'],
  });
  live.add({ type: 'run-end', state: 'success', runId: 'r', path: ['A'] });

  expect(live.trace).toMatchObject({ startMs: 1000, endMs: 3000 });
  expect(within(live.trace.roots[0])).toEqual([]);
});

/** Rows that lie outside the one above them. */
function within(row: TraceRow | undefined): string[] {
  return (row?.children ?? []).flatMap((child) => [
    ...(child.startMs < Number(row?.startMs) || Number(child.endMs) > Number(row?.endMs) ? [child.id] : []),
    ...within(child),
  ]);
}

test('a run that is told again, by its own clock of another day, has every row on that clock from its first timed step on', () => {
  let nowMs = 2_000_000_000_000;
  const live = new LiveTrace({ now: () => nowMs++ });
  const outer = { path: ['CodeAgent'], runId: 'r1' };
  const inner = { path: ['CodeAgent', 'helper'], runId: 'r1/c1' };
  const call = { id: 'c1', name: 'helper', arguments: { task: 'Help.' } };
  live.add({ ...outer, type: 'run-start', task: 'Ask.' });
  live.add({ ...outer, type: 'text', text: 'I ask.', step: 1 });
  live.add({ ...outer, type: 'tool-call', call, step: 1 });
  live.add({ ...inner, type: 'text', text: 'I help.', step: 1 });

  const timing = { startMs: 1_000_000_000_000, endMs: 1_000_000_005_000 };
  live.add({ ...inner, type: 'step', step: { type: 'action', number: 1, text: 'I help.', toolCalls: [], timing } });

  const starts = [...live.trace.rows.values()].map(({ startMs }) => startMs);
  expect(starts.length).toBeGreaterThan(4);
  expect(Math.max(...starts) - Math.min(...starts)).toBeLessThan(5100); // the next step begins where this one ends
});

/** Told for as long as the run thinks: the rows after each event that say more than the event itself does. */
async function expected(agent: CodeAgent | ToolCallingAgent, type: AgentEvent['type']): Promise<string[][]> {
  const live = new LiveTrace();
  const told: string[][] = [];
  await watch(live, agent.stream('Add.'), (event) => {
    if (event.type === type) told.push(outline(live.trace).filter((line) => line.includes('running')));
  });
  expect(outline(live.trace).filter((line) => line.includes('running'))).toEqual([]);
  return told;
}

describe('the next step and its model are there as soon as they can be', () => {
  test('after each step but the last, also of an agent that is managed', async () => {
    const team = [helper(scriptedModel(call('add_one', { a: 1 }), finalAnswer('two')))];
    const model = scriptedModel(call('helper', { task: 'Add.' }), finalAnswer('done'));

    const told = await expected(new ToolCallingAgent({ model, tools: [], managedAgents: team }), 'step');

    expect(told.map((lines) => lines.map((line) => line.trim().replace('running ', '')))).toEqual([
      ['agent ToolCallingAgent: Add.', 'step Step 1: helper', 'agent helper: Add.', 'step Step 2', 'model 2 model'],
      ['agent ToolCallingAgent: Add.', 'step Step 1: helper', 'agent helper: Add.'],
      ['agent ToolCallingAgent: Add.', 'step Step 2', 'model 2 model'],
      ['agent ToolCallingAgent: Add.'],
    ]);
  });

  test('where a plan comes in their place they come after it', async () => {
    const model = scriptedModel(streamed('First add.'), finalAnswer(2));
    const agent = new ToolCallingAgent({ model, tools: [add], planningInterval: 5, streamOutputs: true });

    const told = [await expected(agent, 'text')][0]?.[0];

    expect(told).toEqual(['running agent ToolCallingAgent: Add.', '  running plan plan "First add."']);
  });

  test('what was expected and did not come was never there, nor what it would have cost', async () => {
    const live = new LiveTrace();
    const run = new ToolCallingAgent({ model: scriptedModel(call('add_one', { a: 1 })), tools: [add] }).stream('Add.');
    await watch(live, run, ({ type }) => {
      if (type === 'step') run.abort('enough');
    });

    const [root] = live.trace.roots;

    expect(root?.children.map(({ label }) => label)).toEqual([expect.stringMatching(/^Step 1/)]);
    expect(root?.below.modelCalls).toBe(1);
    expect([...live.trace.rows.keys()].filter((id) => id.includes('#2'))).toEqual([]);
  });
});
