import { expect, test } from 'vitest';
import { type AgentRun, CodeAgent, type RunResult, ToolCallingAgent, tool } from '../../src/index';
import { call, code, finalAnswer, scriptedModel } from '../../src/testing/index';
import { isGoneOnWith } from '../../src/trace-viewer/rewind-place';
import { LiveTrace } from '../../src/trace-viewer/rows/live-trace';
import { readTrace } from '../../src/trace-viewer/rows/read-trace';
import { traceFile } from '../../src/trace-viewer/whole/trace-file';
import { outline } from '../fakes/row-outline';

const SECRET = 'hf_abcdefghijklmnopqrstuvwxyz';
const FIRST = [code('let n = 20'), code(`n += 1; const key = "${SECRET}"; n`), code('final_answer(n)')];

/** What a viewer that is told this run would show. */
async function shown(run: AgentRun): Promise<LiveTrace> {
  const live = new LiveTrace();
  for await (const event of run) live.add(event);
  return live;
}

/** A run of three steps that has ended, by an agent that then says what else is given. */
async function ended(...next: Parameters<typeof scriptedModel>) {
  const model = scriptedModel(...FIRST, ...next);
  const agent = new CodeAgent({ model });
  const result = await agent.run<RunResult>('Count.', { returnFullResult: true });
  return { agent, model, result };
}

/** As it comes out of a file on disk. */
async function saved(run: AgentRun): Promise<Record<string, unknown>> {
  const { trace } = await shown(run);
  return JSON.parse(JSON.stringify(await traceFile(trace, run)));
}

test('a saved branch can be gone on with at each step that it shows, those of the run before as well', async () => {
  const { agent, result } = await ended(code('n * 2'), code('final_answer(n)'), code('final_answer(n + 5)'));
  const file = await saved(result.fork(2, { code: 'n += 100; n' }));
  const trace = readTrace(file);

  const again = await agent.fork(file, 3, { code: 'final_answer(n + 3)' }).result;
  const first = await agent.fork(file, 1, { code: 'final_answer(1)' }).result;

  expect(isGoneOnWith(trace)).toBe(true);
  expect(again.output).toBe(123);
  expect(first.output).toBe(1);
});

test('a saved follow-up is gone on with on its memory, and the model is told that the variables are gone', async () => {
  const { agent, model, result } = await ended(code('final_answer(n + 1)'), finalAnswer('again'));
  const past = await agent.branch(await result.save(), { task: 'And one more?' });
  const file = await saved(agent.resume(past));

  await agent.fork(file, 1).result.catch(() => undefined);

  const told = JSON.stringify(model.requests.at(-1)?.messages);
  expect(isGoneOnWith(readTrace(file))).toBe(true);
  expect(told).toContain('Count.');
  expect(told).toContain('And one more?');
  expect(told).toContain('The variables of the earlier code are gone');
});

test('no key and no sandbox is in the log of a saved file', async () => {
  const { agent } = await ended(...FIRST);

  const text = JSON.stringify(await saved(agent.stream('Count again.')));

  expect(text).toContain('"log"');
  expect(text).toContain('__REDACTED__');
  expect(text).not.toContain(SECRET);
  expect(text).not.toMatch(/"snapshot":"(?!lost)/);
});

test('without its log a branch is saved as spans, which are not offered to be gone on with', async () => {
  const { result } = await ended(code('final_answer(n)'));
  const { trace } = await shown(result.fork(3));

  const file = readTrace(await traceFile(trace));

  expect(isGoneOnWith(trace)).toBe(true); // the page that shows it has the run
  expect(outline(file)).toEqual(outline(trace));
  expect(isGoneOnWith(file)).toBe(false);
});

test('without its log a follow-up is saved as spans, and a run that was begun afresh with its events', async () => {
  const { agent } = await ended(...FIRST, code('final_answer(n)'));
  const fresh = await shown(agent.stream('Count again.'));
  const next = await shown(agent.stream('And more.', { reset: false }));

  const files = await Promise.all([fresh, next].map(({ trace }) => traceFile(trace)));

  expect(files.map((file) => isGoneOnWith(readTrace(file)))).toEqual([true, false]);
});

test('events of a branch that were saved without their spans are not offered to be gone on with', async () => {
  const { result } = await ended(code('final_answer(n)'));
  const { trace } = await shown(result.fork(3));
  const { events } = Object(trace.source);

  const file = readTrace({ kind: 'run/1', task: 'Count.', events });

  expect(isGoneOnWith(file)).toBe(false);
});

test('the log of another run than the one that is shown is not saved, and no run is begun for it', async () => {
  const { agent, model } = await ended(...FIRST, ...FIRST);
  const { trace } = await shown(agent.stream('Count again.'));
  const asked = model.requests.length;
  const other = agent.stream('Another.');
  const running = new LiveTrace();
  running.add({ type: 'run-start', task: 'Count.', runId: 'r', path: ['CodeAgent'] });

  const file = await traceFile(running.trace, other);
  expect(model.requests).toHaveLength(asked);
  await other.result;

  expect([file, await traceFile(trace, other)].map((each) => 'log' in each)).toEqual([false, false]);
});

test('a run whose log cannot be had is saved with its events', async () => {
  const { agent } = await ended(...FIRST);
  const run = agent.stream('Count again.');
  const { trace } = await shown(run);
  const result = await run.result;
  const refuse = () => Promise.reject(new Error('the part that saves was not fetched'));

  const files = await Promise.all([
    traceFile(trace, { result: Promise.resolve({ ...result, save: refuse }) }),
    traceFile(trace, { result: Promise.reject(null) }),
    traceFile(trace, {}),
  ]);

  expect(files.map((file) => Object.keys(file).sort())).toEqual(
    Array(3).fill(['events', 'kind', 'resourceSpans', 'task']),
  );
});

test('a run that waits for a human is saved so that it can be answered', async () => {
  const pay = tool({
    name: 'pay',
    description: 'Pays.',
    inputs: { euros: { type: 'number', description: 'How much.' } },
    needsApproval: true,
    execute: ({ euros }) => `paid ${euros}`,
  });
  const agent = new ToolCallingAgent({
    model: scriptedModel(call('pay', { euros: 1 }, 'p1'), finalAnswer('done')),
    tools: [pay],
  });
  const live = new LiveTrace();
  const run = agent.stream('Pay.');
  try {
    for await (const event of run) live.add(event);
  } catch {} // it waits

  const file = JSON.parse(JSON.stringify(await traceFile(live.trace, run)));
  const result = await agent.resume(file, { answers: { p1: { allow: true } } }).result;

  expect(readTrace(file).outcome).toBe('waiting');
  expect(result.output).toBe('done');
});
