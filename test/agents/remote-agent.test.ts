import { expect, test } from 'vitest';
import type { AgentEvent } from '../../src/agents/agent';
import { CodeAgent } from '../../src/agents/code-agent';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import type { AgentError } from '../../src/errors';
import type { Model } from '../../src/models/model';
import { runWatcher } from '../../src/telemetry';
import { collectEvents } from '../../src/testing/collect-events';
import { call, code, finalAnswer, scriptedModel, streamed } from '../../src/testing/scripted-model';
import { type Clock, systemClock } from '../../src/web/clock';
import { cutting, remoteWorker } from '../fakes/remote-worker';
import { addOne, payEuros } from '../fakes/small-tools';
import { tracing } from '../fakes/tracing';

const usage = { inputTokens: 10, outputTokens: 2 };
const script = () =>
  scriptedModel(
    { ...call('add_one', { a: 1 }), usage },
    { ...call('add_one', { a: 2 }), usage },
    { ...finalAnswer({ sum: 3 }), usage },
  );
const adder = () => new ToolCallingAgent({ model: script(), tools: [addOne], streamOutputs: true });

/** A model that never answers, and says when it was asked, and when it was told to stop. */
function hanging() {
  const tell = { asked: () => {}, stopped: () => {} };
  const asked = new Promise<void>((resolve) => {
    tell.asked = resolve;
  });
  const stopped = new Promise<void>((resolve) => {
    tell.stopped = resolve;
  });
  const model: Model = {
    modelId: 'hanging',
    async *generate({ signal }) {
      signal.addEventListener('abort', () => tell.stopped());
      tell.asked();
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    },
  };
  return { model, asked, stopped };
}

/** Without what differs from run to run, and what is not told. */
function comparable(events: readonly AgentEvent[]): unknown {
  return JSON.parse(
    JSON.stringify(events, (key, value) => {
      if (['runId', 'timing', 'inputMessages'].includes(key)) return undefined;
      return value;
    }),
  );
}

test('a remote agent runs and streams as a local one: same events, same answer', async () => {
  const { agent, fetch } = remoteWorker({ agents: { adder } });

  const local = await collectEvents(adder().stream('Add.'));
  const remote = await collectEvents(agent().stream('Add.', { fetch }));
  const answer = await agent({ agent: 'adder' }).run('Add.', { fetch });

  expect(comparable(remote.events)).toEqual(comparable(local.events));
  expect(answer).toEqual({ sum: 3 });
  expect(remote.result).toMatchObject({
    ...{ state: 'success', output: answer, usage: { inputTokens: 30, outputTokens: 6 }, usageComplete: true },
    spent: { tokens: 36, steps: 3, toolCalls: 2 },
    steps: [{ type: 'task', task: 'Add.' }, { number: 1 }, { number: 2 }, { number: 3, finalAnswer: answer }],
  });
});

test.each([1_200, 1_500, 2_000, 3_000])(
  'a stream that breaks every %i bytes is read on: each event once, in order',
  async (bytes) => {
    const { agent, fetch, requests } = remoteWorker({ agents: { adder } });
    const whole = await collectEvents(agent().stream('Add.', { fetch }));

    const { events } = await collectEvents(agent({ maxRetries: 1 }).stream('Add.', { fetch: cutting(fetch, bytes) }));

    expect(comparable(events)).toEqual(comparable(whole.events));
    expect(requests.some(({ headers }) => Number(headers.get('last-event-id')) > 0)).toBe(true);
  },
);

test('a stream that breaks before it brings anything, again and again, fails as cut off', async () => {
  const { agent, fetch, facts } = remoteWorker({ agents: { adder } });

  const run = agent({ maxRetries: 2 }).run('Add.', { fetch: cutting(fetch, 20) });

  const error = await run.catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: 'AgentError', kind: 'stream_cut', result: { state: 'error' } });
  expect(String(error)).toContain('RemoteAgent: https://worker.example/: the reply broke off');
  const { runId } = (error as { result: { runId: string } }).result;
  expect(await facts(runId)).toMatchObject({ runId });
});

test('values that JSON has not come as they are', async () => {
  const model = scriptedModel(code('final_answer({ sum: 3n, at: new Date(0), of: new Set([1, 2]) })'));
  const { agent, fetch } = remoteWorker({ agents: { coder: () => new CodeAgent({ model }) } });

  expect(await agent().run('Add.', { fetch })).toEqual({ sum: 3n, at: new Date(0), of: new Set([1, 2]) });
});

test('an abort ends the run there, and what is under way in it', async () => {
  const { model, asked, stopped } = hanging();
  const { agent, fetch, facts } = remoteWorker({ agents: { slow: () => new ToolCallingAgent({ model }) } });
  const run = agent().stream('Wait.', { fetch });
  const collected = collectEvents(run);
  await asked;
  run.abort('enough');
  await stopped;

  const { events, error } = await collected;

  expect(events.at(-1)).toMatchObject({ type: 'run-end', state: 'interrupted' });
  expect(error).toMatchObject({ kind: 'aborted', message: expect.stringContaining('enough') });
  const { runId } = (error as AgentError).result as { runId: string };
  expect(await facts(runId)).toMatchObject({
    state: 'interrupted',
    error: { message: expect.stringContaining('deleted') },
  });
});

test('an abort while the run is being begun ends the one that the worker then has', async () => {
  const { model } = hanging();
  const { agent, fetch, facts, asked } = remoteWorker({ agents: { slow: () => new ToolCallingAgent({ model }) } });
  const stop = new AbortController();
  let begun = '';

  const run = agent().run('Wait.', {
    signal: stop.signal,
    fetch: async (input, init) => {
      const response = await fetch(input, init);
      begun ||= response.headers.get('location')?.slice('/runs/'.length) ?? '';
      stop.abort(new Error('changed my mind'));
      await new Promise((resolve) => setTimeout(resolve)); // the abort is there before the answer
      return response;
    },
  });

  await expect(run).rejects.toMatchObject({ kind: 'aborted', message: expect.stringContaining('changed my mind') });
  expect(await facts(begun)).toMatchObject({ state: 'interrupted' });
  expect(asked()).toEqual(['POST /runs', 'DELETE /runs/:id']);
});

test.each<[string, () => Promise<Response>]>([
  ['cannot be reached', () => Promise.reject(new TypeError('fetch failed'))],
  ['fails', async () => new Response('starting', { status: 503 })],
])('an abort while the worker %s ends a run in the background as soon as it is there again', async (_, answer) => {
  const { model, asked: modelAsked, stopped } = hanging();
  const { agent, fetch } = remoteWorker({ agents: { busy: () => new ToolCallingAgent({ model }) } });
  let failures = 2;
  const run = agent({ background: true }).stream('Wait.', {
    fetch: (input, init) => (init?.method === 'DELETE' && failures-- > 0 ? answer() : fetch(input, init)),
  });

  void modelAsked.then(() => run.abort());

  await expect(run.result).rejects.toMatchObject({ kind: 'aborted' });
  await stopped;
});

test('an abort is over soon, and asks for nothing more, where the worker does not come back', async () => {
  const { model, asked: modelAsked } = hanging();
  const { agent, fetch } = remoteWorker({ agents: { busy: () => new ToolCallingAgent({ model }) } });
  let asked = 0;
  let endTime = () => {};
  const timeIsOver = new Promise<void>((resolve) => {
    endTime = resolve;
  });
  const sleep: Clock['sleep'] = (ms, signal) => (ms === 2_000 ? timeIsOver : systemClock.sleep(ms, signal));
  const run = agent({ background: true, maxRetries: 1_000 }).stream('Wait.', {
    clock: { ...systemClock, sleep },
    fetch: async (input, init) => {
      if (init?.method !== 'DELETE') return fetch(input, init);
      asked += 1;
      if (asked === 5) endTime();
      throw new TypeError('fetch failed');
    },
  });

  void modelAsked.then(() => run.abort());
  await expect(run.result).rejects.toMatchObject({ kind: 'aborted' });
  for (let turn = 0; turn < 50; turn++) await systemClock.sleep(0);

  expect(asked).toBe(5);
});

test('leaving the events ends the run; one in the background goes on, and is read again by its id', async () => {
  const { agent, fetch, asked } = remoteWorker({ agents: { adder } });
  const leave = async (background: boolean) => {
    for await (const { runId } of agent({ background }).stream('Add.', { fetch })) return runId;
    return '';
  };

  const [ended, going] = [await leave(false), await leave(true)];
  const result = await agent().resume(going, { fetch }).result;
  const again = await agent().resume(await result.save(), { fetch }).result;

  expect(asked().slice(0, 3)).toEqual(['POST /runs', 'DELETE /runs/:id', 'POST /runs']);
  expect(ended).not.toBe(going);
  expect(result).toMatchObject({ state: 'success', runId: going, steps: { length: 4 } });
  expect(again.output).toEqual(result.output);
});

test('what was answered goes on: another task on the same memory, a fork with edits', async () => {
  const model = scriptedModel(call('add_one', { a: 1 }), finalAnswer('two'), finalAnswer('three'), finalAnswer('four'));
  const { agent, fetch } = remoteWorker({
    agents: { adder: () => new ToolCallingAgent({ model, tools: [addOne] }) },
  });
  const first = await agent().run('Add one to 1.', { fetch, returnFullResult: true });

  const more = await first.continue('And now?', { fetch });
  const fork = await first.fork(2, { task: 'Add one to 3.' }, { fetch }).result;

  expect([first.output, more.output, fork.output]).toEqual(['two', 'three', 'four']);
  expect(more.steps.map((step) => (step.type === 'task' ? step.task : step.type))).toEqual([
    'Add one to 1.',
    'action',
    'action',
    'And now?',
    'action',
  ]);
  expect(fork.steps.map((step) => (step.type === 'task' ? step.task : step.type))).toEqual([
    'Add one to 3.',
    'action',
    'action',
  ]);
  expect(JSON.stringify(model.requests[2]?.messages)).toContain('And now?');
  await expect(first.fork(9, {}, { fetch }).result).rejects.toMatchObject({ kind: 'bad_request' });
});

test('a remote agent is managed by another one: its report, its events, its tokens', async () => {
  const { agent, fetch } = remoteWorker({ agents: { adder } });
  const helper = agent({ name: 'helper', description: 'Adds.' });
  const model = scriptedModel(
    code("console.log((await Promise.all([helper('Add.'), helper('Add more.')]))[1]);"),
    code('final_answer(1)'),
  );
  const manager = new CodeAgent({ model, managedAgents: [helper] });

  const { events, result } = await collectEvents(manager.stream('Ask.', { fetch }));

  const inner = events.filter(({ path }) => path.length > 1);
  expect(new Set(inner.map(({ path }) => path.join('/')))).toEqual(new Set(['CodeAgent/helper']));
  expect(new Set(inner.map(({ runId }) => runId.slice((result?.runId ?? '').length)))).toEqual(new Set(['/c1', '/c2']));
  expect(JSON.stringify(model.requests[1]?.messages.at(-1))).toContain('Report of helper:');
  expect(result).toMatchObject({
    usage: {},
    inclusiveUsage: { inputTokens: 60, outputTokens: 12 },
    spent: { steps: 8 },
  });
});

test('a managed agent that waits there for a human is told to its manager as what it is', async () => {
  const paying = scriptedModel(call('pay', { euros: 1 }));
  const { agent, fetch } = remoteWorker({
    agents: { payer: () => new ToolCallingAgent({ model: paying, tools: [payEuros] }) },
  });
  const model = scriptedModel(call('helper', { task: 'Pay.' }), finalAnswer('it waits'));
  const manager = new ToolCallingAgent({ model, managedAgents: [agent({ name: 'helper', description: 'Pays.' })] });

  await manager.run('Pay.', { fetch });

  expect(JSON.stringify(model.requests[1]?.messages.at(-1))).toContain("helper waits for a human's word on pay");
});

test('the spans of the worker join the trace of the caller, below the run that called', async () => {
  const { tracerProvider, spans } = tracing();
  const { agent, fetch, requests } = remoteWorker({ agents: { adder } });
  const model = scriptedModel(call('helper', { task: 'Add.' }), finalAnswer('done'));
  const manager = new ToolCallingAgent({ model, managedAgents: [agent({ name: 'helper', description: 'Adds.' })] });

  await manager.run('Ask.', { fetch, telemetry: runWatcher({ tracerProvider }) });

  const helper = spans().find(({ name }) => name === 'helper.run');
  const { traceId, spanId } = helper?.spanContext() ?? {};
  expect(requests[0]?.headers.get('traceparent')).toBe(`00-${traceId}-${spanId}-01`);
  expect(helper?.attributes).toMatchObject({ 'openinference.span.kind': 'AGENT', 'output.value': expect.any(String) });
  expect(helper?.attributes).not.toHaveProperty('smolagents.max_steps');
});

test('text that streams in a worker comes as it is written', async () => {
  const model = scriptedModel(streamed({ content: 'Thinking' }, { content: ' aloud' }), finalAnswer('x'));
  const { agent, fetch } = remoteWorker({
    agents: { talker: () => new ToolCallingAgent({ model, streamOutputs: true }) },
  });

  const { events } = await collectEvents(agent().stream('Talk.', { fetch }));

  expect(events.filter(({ type }) => type === 'text')).toMatchObject([{ text: 'Thinking' }, { text: ' aloud' }]);
});
