import { expect, test } from 'vitest';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import type { Model } from '../../src/models/model';
import { calls, finalAnswer, scriptedModel } from '../../src/testing/scripted-model';
import { type Clock, systemClock } from '../../src/web/clock';
import { agentObject } from '../../src/worker/agent-object';
import { type ObjectHome, objectsInMemory } from '../../src/worker/objects';
import { memoryRows } from '../../src/worker/rows';
import type { RunOrder } from '../../src/worker/runs/run-order';
import { workerSettings } from '../../src/worker/settings';
import { asks, hostedWorker } from '../fakes/hosted-worker';
import { pay } from '../fakes/small-tools';

const STREAM = { accept: 'text/event-stream' };

/** Asks for two payments at first, then is silent until its run is ended. */
function modelOf(): Model {
  const script = scriptedModel(calls(['pay', {}, 'p1'], ['pay', {}, 'p2']));
  return {
    modelId: 'payer',
    async *generate(request) {
      if (!JSON.stringify(request.messages).includes('paid')) return yield* script.generate(request);
      await new Promise((_, reject) => request.signal.addEventListener('abort', () => reject(request.signal.reason)));
    },
  };
}

const graceMs = 12_345;

function paying(
  runsAtOnce: number,
  agents = { payer: () => new ToolCallingAgent({ model: modelOf(), tools: [pay] }) },
) {
  const slept: number[] = [];
  const sleep: Clock['sleep'] = (ms, signal) => {
    slept.push(ms);
    return systemClock.sleep(ms, signal);
  };
  const hosted = asks(
    hostedWorker({
      agents,
      limits: { runsAtOnce, runsPerMinute: 99 },
      runs: { graceMs },
      clock: { ...systemClock, sleep },
    }),
  );
  const answer = (path: string, callId: string, headers: Record<string, string> = {}) =>
    hosted.ask(`${path}/answers/${callId}`, {
      method: 'POST',
      body: '{"allow":true}',
      headers: { 'content-type': 'application/json', ...headers },
    });
  const begin = async (body: object = {}) => {
    const reply = await hosted.start({ task: 'Pay.', background: true, ...body }, STREAM);
    await reply.text();
    return reply.headers.get('location') ?? '';
  };
  return { ...hosted, answer, begin, slept };
}

test('a run that waits takes no place; one that goes on does, and keeps it whatever else is answered', async () => {
  const { begin, answer, start } = paying(1);
  const path = await begin();
  const other = await begin();

  const answers = [await answer(path, 'p1'), await answer(path, 'nope'), await answer(path, 'p1')];
  const refused = [await answer(other, 'p1'), await start({ task: 'x' })];

  expect(answers.map(({ status }) => status)).toEqual([200, 404, 404]);
  expect(refused.map(({ status }) => status)).toEqual([429, 429]);
});

test('the second of two answers keeps the place that the first has given back', async () => {
  const { begin, answer, start, ask } = paying(1);
  const path = await begin();

  const answers = await Promise.all([answer(path, 'p1'), answer(path, 'p2')]);
  await expect.poll(async () => (await (await ask(path)).json()).state).toBe('running');
  const next = await start({ task: 'x' });

  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  expect(next.status).toBe(429);
});

test('an answer that is refused for its place leaves the run waiting, to be answered later', async () => {
  const { begin, answer, ask } = paying(1);
  const [path, other] = [await begin(), await begin()];
  await answer(other, 'p1');
  await answer(other, 'p2');

  const refused = await answer(path, 'p1');
  await ask(other, { method: 'DELETE' });
  const taken = await answer(path, 'p1');

  expect([refused.status, taken.status]).toEqual([429, 200]);
});

test('a run in the background stays there when it is answered with a stream that is left', async () => {
  const { begin, answer, ask, slept } = paying(1);
  const [path, other] = [await begin(), await begin({ background: false })];

  for (const callId of ['p1', 'p2']) await (await answer(path, callId, STREAM)).body?.cancel();
  const facts = await (await ask(path)).json();
  const untilThen = slept.filter((ms) => ms === graceMs);
  await ask(path, { method: 'DELETE' });
  for (const callId of ['p1', 'p2']) await (await answer(other, callId, STREAM)).body?.cancel();

  expect(facts).toMatchObject({ state: 'running' });
  expect(untilThen).toEqual([]);
  expect(slept).toContain(graceMs); // as it is with a run that is not
});

const order: RunOrder = {
  ...{ runId: 'run-1', agent: 'visitor', task: 'x', owner: '', counted: 'me', life: 1, spentToday: 0 },
  ...{ background: true, attached: false },
};

/** An object that is cut off at the moment its run's end is on the disk: what it asks of others is never answered. */
async function cutOffAtTheEnd() {
  const asked: string[] = [];
  const life = (isCutOff: boolean, rows: ObjectHome['rows'], woken: number[]) => {
    const home: ObjectHome = {
      rows,
      wakeAt: async (atMs) => void woken.push(atMs),
      clear: () => rows.clear(),
      waitUntil: () => {},
      objects: (name) => ({
        fetch: async (request) => {
          if (!request.url.endsWith('/release')) return Response.json({ tokens: 0 });
          asked.push(`${isCutOff ? 'unheard' : 'heard'} ${name} ${new URL(request.url).pathname}`);
          return isCutOff ? new Promise(() => {}) : Response.json({});
        },
      }),
    };
    const model = scriptedModel(finalAnswer('done'));
    const agents = { visitor: () => new ToolCallingAgent({ model }) };
    const object = agentObject(workerSettings({ agents, model, traces: false }), home, {});
    const ask = (path: string, body: object = { owner: '' }) =>
      object.fetch(new Request(`https://object${path}`, { method: 'POST', body: JSON.stringify(body) }));
    return { ask, alarm: () => object.alarm() };
  };
  const rows = memoryRows();
  await life(true, rows, []).ask('/run/start', order);
  await expect.poll(() => asked).toEqual(['unheard visitor me /ledger/release']);
  asked.length = 0;
  const woken: number[] = [];
  return { ...life(false, rows, woken), asked, woken };
}

test.each(['alarm', 'ask'] as const)(
  'the place of a run whose object was killed as it ended is given back at the next %s, once',
  async (what) => {
    const next = await cutOffAtTheEnd();
    const wake = () => (what === 'alarm' ? next.alarm() : next.ask('/run/facts'));

    await wake();
    await wake();

    expect(next.asked).toEqual(['heard visitor me /ledger/release']);
  },
);

test('a start that is lost on its way takes no place', async () => {
  const settings = workerSettings({
    agents: { visitor: () => new ToolCallingAgent({ model: modelOf() }) },
    model: modelOf(),
    traces: false,
  });
  let lost = 2;
  const objects = objectsInMemory((home) => {
    const object = agentObject(settings, home, {});
    const fetch = async (request: Request) => {
      if (new URL(request.url).pathname === '/run/start' && lost-- > 0) throw new Error('the object was reset');
      return object.fetch(request);
    };
    return { fetch, alarm: () => object.alarm() };
  }, settings.clock);
  const env = { RUNS: { idFromName: (name: string) => name, get: (name: string) => objects(name) } };
  const { start } = asks(
    hostedWorker({
      agents: { visitor: ({ model }) => new ToolCallingAgent({ model }) },
      limits: { runsAtOnce: 1 },
      runs: { binding: 'RUNS' },
    }),
    env,
  );

  const replies = [await start({ task: 'x' }), await start({ task: 'x' }), await start({ task: 'x' })];

  expect(replies.map(({ status }) => status)).toEqual([500, 500, 200]);
  expect(replies.map(({ headers }) => headers.get('location') === null)).toEqual([true, true, false]);
});
