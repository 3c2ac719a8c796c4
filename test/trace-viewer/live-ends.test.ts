import { describe, expect, test } from 'vitest';
import { type AgentRun, CodeAgent, ManagedAgent, type RunResult, ToolCallingAgent } from '../../src/index';
import { call, code, failure, finalAnswer, scriptedModel, text } from '../../src/testing/scripted-model';
import { leadError } from '../../src/trace-viewer/lead-error';
import { LiveTrace } from '../../src/trace-viewer/rows/live-trace';
import { readTrace } from '../../src/trace-viewer/rows/read-trace';
import { timeBand } from '../../src/trace-viewer/whole/time-band';
import { traceFile } from '../../src/trace-viewer/whole/trace-file';
import { outline } from '../fakes/row-outline';
import { payEuros } from '../fakes/small-tools';

async function feed(live: LiveTrace, run: AgentRun): Promise<RunResult> {
  for await (const event of run) live.add(event);
  return run.result;
}

function labelsOf(live: LiveTrace, wanted: string): string[] {
  return [...live.trace.rows.values()].filter(({ kind }) => kind === wanted).map(({ label }) => label);
}

test('what failed in a run that ran out of steps was not recovered from, and its last word is no step', async () => {
  const model = scriptedModel(code('nowhere()'), code('nowhere()'), text('I could not.'));
  const live = new LiveTrace();

  await feed(live, new CodeAgent({ model, maxSteps: 2 }).stream('Go.'));

  const steps = live.trace.roots[0]?.children ?? [];
  expect(live.trace.stoppedBy).toBe('max_steps_error');
  expect(steps.map(({ kind, state }) => [kind, state])).toEqual([
    ['step', 'failed'],
    ['step', 'failed'],
    ['other', 'done'],
  ]);
  expect(steps[2]?.label).toBe('Last word');
});

describe('a run that failed', () => {
  /** The first step fails, the second goes well, the third has no model. */
  async function failed(): Promise<LiveTrace> {
    const live = new LiveTrace();
    const model = scriptedModel(code('missing'), code('1'), failure('auth'));
    await expect(feed(live, new CodeAgent({ model }).stream('Go.'))).rejects.toThrow();
    return live;
  }

  test('got over what a step went well after, and names what it failed of', async () => {
    const { trace } = await failed();

    const steps = trace.roots[0]?.children ?? [];

    expect(trace.outcome).toBe('failed');
    expect(steps.map(({ state }) => state)).toEqual(['recovered', 'done', 'failed']);
    expect(steps[0]?.recovery).toBe(steps[1]);
    expect(leadError(trace)).toMatchObject({ kind: 'model', step: 3, state: 'failed' });
  });

  test('reads the same from its file', async () => {
    const { trace } = await failed();

    const opened = readTrace(await traceFile(trace));
    const spansAlone = readTrace({ resourceSpans: (await traceFile(trace)).resourceSpans });

    for (const each of [opened, spansAlone]) {
      expect(each.roots[0]?.children.map(({ state }) => state)).toEqual(['recovered', 'done', 'failed']);
      expect(leadError(each)).toMatchObject({ kind: 'model', step: 3 });
    }
  });

  test('did not get over what failed in the step before a person stopped it', async () => {
    const live = new LiveTrace();
    const run = new CodeAgent({ model: scriptedModel(code('missing'), code('2')) }).stream('Go.');
    const read = async () => {
      for await (const event of run) {
        live.add(event);
        if (event.type === 'tool-call' && event.step === 2) run.abort('enough');
      }
    };
    await expect(read()).rejects.toThrow();

    expect(live.trace.stoppedBy).toBe('interrupted');
    expect(live.trace.errors.map(({ state }) => state)).toEqual(['failed']);
  });
});

test('a run that a person stopped has no error for it', async () => {
  const live = new LiveTrace();
  const run = new CodeAgent({ model: scriptedModel(code('1'), code('2')) }).stream('Go.');

  const read = async () => {
    for await (const event of run) {
      live.add(event);
      if (event.type === 'code-output') run.abort('Stop was pressed');
    }
  };
  await expect(read()).rejects.toThrow('Stop was pressed');

  expect([live.trace.outcome, live.trace.stoppedBy]).toEqual(['stopped', 'interrupted']);
  expect(live.trace.errors).toEqual([]);
});

describe('a run that goes on after a human said something', () => {
  test('is one run, whose open step is told once, with its tokens', async () => {
    const model = scriptedModel(call('pay', { euros: 1 }, 'p1'), finalAnswer('done'));
    const agent = new ToolCallingAgent({ model, tools: [payEuros] });
    const live = new LiveTrace();

    const waiting = await feed(live, agent.stream('Pay.'));
    const before = [live.trace.outcome, ...['tool', 'step', 'model'].flatMap((kind) => labelsOf(live, kind))];
    await feed(live, agent.resume(await waiting.save(), { answers: { p1: { allow: true } } }));

    expect(before).toEqual([
      'waiting',
      'pay(1) → waits for a human',
      'Step 1: pay → waits for a human',
      '1 model → pay',
    ]);
    expect(labelsOf(live, 'step')[0]).toBe('Step 1: pay');
    expect(labelsOf(live, 'tool')[0]).toBe('pay(1) → paid 1');
    expect([live.trace.outcome, live.trace.answer]).toEqual(['answered', 'done']);
    expect(outline(live.trace)).toHaveLength(7);
    expect(live.trace.roots).toHaveLength(1);
    expect(live.trace.roots[0]?.below.modelCalls).toBe(2);
    expect([...live.trace.rows.values()].map(({ state }) => state)).not.toContain('running');
  });

  test('is one run also where an agent below it waited', async () => {
    const member = new ToolCallingAgent({
      model: scriptedModel(call('pay', { euros: 2 }, 'p1'), finalAnswer('paid')),
      tools: [payEuros],
    });
    const team = [new ManagedAgent({ agent: member, name: 'cashier', description: 'Pays.' })];
    const model = scriptedModel(call('cashier', { task: 'Pay 2.' }, 'm1'), finalAnswer('done'));
    const agent = new ToolCallingAgent({ model, tools: [], managedAgents: team });
    const live = new LiveTrace();

    const waiting = await feed(live, agent.stream('Pay.'));
    const [asked] = waiting.waiting;
    expect(labelsOf(live, 'tool')).toEqual(['pay(2) → waits for a human']);
    await feed(live, agent.resume(await waiting.save(), { answers: { [asked?.callId ?? '']: { allow: true } } }));

    const agents = [...live.trace.rows.values()].filter(({ kind }) => kind === 'agent');
    expect(agents.map(({ subject }) => subject)).toEqual(['ToolCallingAgent', 'cashier']);
    expect(live.trace.answer).toBe('done');
    expect(live.trace.errors).toEqual([]);
  });

  test('lasts from its first word on, and has waited as long as the person took', async () => {
    let nowMs = 1000;
    const live = new LiveTrace({ now: () => nowMs });
    const at = (ms: number, event: object, runId = 'r') => {
      nowMs = 1000 + ms;
      live.add({ runId, path: ['A'], ...event });
    };
    const paying = { step: 1, call: { id: 'p1', name: 'pay', arguments: {} } };
    at(0, { type: 'run-start', task: 'Pay.' });
    at(3000, { type: 'tool-call', ...paying });
    at(3010, { type: 'waiting', calls: [{ callId: 'p1', name: 'pay' }] });
    at(3010, { type: 'run-end', state: 'waiting' });
    at(9000, { type: 'run-start', task: 'Pay.' }, 's');
    at(9001, { type: 'tool-call', ...paying }, 's');
    at(9500, { type: 'tool-result', ...paying, result: { id: 'p1', output: 'paid' } }, 's');
    const timing = { startMs: 10_000, endMs: 10_500 };
    const step = { type: 'action', number: 1, text: '', toolCalls: [paying.call], timing, finalAnswer: 1 };
    at(9500, { type: 'step', step }, 's');
    at(9500, { type: 'run-end', state: 'success' }, 's');

    const rows = [...live.trace.rows.values()];

    const spans = rows.map(({ kind, startMs, endMs }) => [kind, startMs - 1000, Number(endMs) - 1000]);
    expect(spans).toEqual([
      ['agent', 0, 9500],
      ['step', 0, 9500],
      ['model', 0, 3000],
      ['tool', 3000, 9500],
    ]);
    expect(live.trace).toMatchObject({ startMs: 1000, endMs: 10_500 });
    expect(timeBand(live.trace).totals).toEqual({ model: 3000, tool: 510, sandbox: 0, waiting: 5990 });
  });

  test('whose code waited has no time of the sandbox meanwhile', async () => {
    const model = scriptedModel(code('await pay({ euros: 3 })'), code('final_answer(1)'));
    const agent = new CodeAgent({ model, tools: [payEuros] });
    let nowMs = 0;
    const live = new LiveTrace({ now: () => nowMs });

    const waiting = await feed(live, agent.stream('Pay.'));
    nowMs = 60_000;
    const [asked] = waiting.waiting;
    await feed(live, agent.resume(await waiting.save(), { answers: { [asked?.callId ?? '']: { allow: true } } }));

    expect(timeBand(live.trace).totals.waiting).toBeGreaterThanOrEqual(60_000);
    expect(live.trace.endMs - live.trace.startMs).toBeGreaterThanOrEqual(60_000);
  });

  test('is another run where it has another task', async () => {
    const model = scriptedModel(call('pay', { euros: 1 }, 'p1'), finalAnswer('other'));
    const agent = new ToolCallingAgent({ model, tools: [payEuros] });
    const live = new LiveTrace();

    await feed(live, agent.stream('Pay.'));
    await feed(live, agent.stream('Something else.'));

    expect(live.trace.roots).toHaveLength(2);
  });
});

test('a run whose budget ends before a step asked its model has no such step, and no call of a model', async () => {
  const reply = { content: '<code>\n1\n</code>', usage: { inputTokens: 30, outputTokens: 5 } };
  const live = new LiveTrace();
  const run = new CodeAgent({ model: scriptedModel(reply, reply) }).stream('Go.', { budget: { tokens: 20 } });

  await expect(feed(live, run)).rejects.toThrow('budget');

  const rows = live.trace.roots[0]?.children ?? [];
  expect(rows.map(({ kind, label }) => `${kind} ${label}`)).toEqual([
    expect.stringMatching(/^step Step 1/),
    'other Cut off',
  ]);
  expect(live.trace.roots[0]?.below.modelCalls).toBe(1);
  expect(live.trace.errors).toEqual([]);
});

describe('what is expected', () => {
  const about = { runId: 'r', path: ['A'] };

  test('of two managed agents at once that are cut off in the middle leaves nothing behind', async () => {
    const live = new LiveTrace();
    const add = (event: object) => live.add({ ...about, ...event });
    add({ type: 'run-start', task: 'Go.' });
    for (const id of ['c1', 'c2']) {
      add({ type: 'tool-call', step: 1, call: { id, name: id, arguments: { task: id } } });
      const timing = { startMs: 1, endMs: 2 };
      const step = { type: 'action', number: 1, text: 'I look.', toolCalls: [], timing };
      add({ type: 'step', step, runId: `r/${id}`, path: ['A', id] });
    }
    const during = live.trace.roots[0]?.below.modelCalls;

    add({ type: 'run-end', state: 'interrupted' });

    expect([during, live.trace.roots[0]?.below.modelCalls]).toEqual([5, 3]);
    expect([...live.trace.rows.values()].map(({ state }) => state)).not.toContain('running');
    expect(labelsOf(live, 'step').map((label) => label.slice(0, 6))).toEqual(['Step 1', 'Step 1', 'Step 1']);
  });

  test('is taken back with a stream that breaks, and its true step comes when the stream returns', () => {
    const live = new LiveTrace();
    live.add({ ...about, type: 'run-start', task: 'Go.' });
    live.close();
    const broken = [live.trace.rows.size, live.trace.outcome, ...live.trace.repairs];

    live.add({ ...about, type: 'text', text: 'I look.', step: 1 });

    expect(broken).toEqual([1, 'stopped', 'The end of the run was not received.']);
    expect([live.trace.rows.size, live.trace.outcome, ...live.trace.repairs]).toEqual([3, 'running']);
    expect(live.isOf({ ...about, runId: 'other', type: 'text', text: '' })).toBe(false);
    expect(live.isOf('r')).toBe(false);
  });

  test('lets time go by only while the run goes on', () => {
    let nowMs = 0;
    const live = new LiveTrace({ now: () => nowMs });
    const spent = () => live.trace.endMs - live.trace.startMs;
    live.add({ ...about, type: 'run-start', task: 'Go.' });
    nowMs = 4000;
    live.passTime();
    const [thinking] = [spent()];
    nowMs = 5000;
    live.add({ ...about, type: 'run-end', state: 'success' });
    nowMs = 9000;
    live.passTime();

    expect([thinking, spent()]).toEqual([4000, 5000]);
  });
});
