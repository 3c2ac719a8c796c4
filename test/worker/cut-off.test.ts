import { expect, test } from 'vitest';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import { finalAnswer, scriptedModel } from '../../src/testing/scripted-model';
import { systemClock } from '../../src/web/clock';
import { agentObject } from '../../src/worker/agent-object';
import type { ObjectHome } from '../../src/worker/objects';
import { memoryRows } from '../../src/worker/rows';
import type { RunOrder } from '../../src/worker/runs/run-order';
import { workerSettings } from '../../src/worker/settings';
import type { HostedAgentMaker } from '../../src/worker/worker-options';

const order: RunOrder = {
  runId: 'run-1',
  agent: 'visitor',
  task: 'x',
  owner: '',
  counted: 'me',
  life: 1,
  spentToday: 0,
  background: false,
  attached: false,
};
const hanging = { ...systemClock, sleep: () => new Promise<never>(() => {}) };
const text = { type: 'text', text: 'half an ans' } as const;

/** A model that says something, and then nothing more. */
const silent = {
  modelId: 'silent',
  async *generate() {
    yield text;
    await hanging.sleep();
  },
};

/** Objects that live one after the other on the same rows, each cut off by the next; the first is in the middle of a run. */
async function cutOffRun(begun: Partial<RunOrder> = {}) {
  const woken: number[] = [];
  const day = { tokens: 0 };
  const home: ObjectHome = {
    rows: memoryRows(),
    wakeAt: async (atMs) => void woken.push(atMs),
    clear: async () => {},
    waitUntil: () => {},
    objects: () => ({ fetch: async () => Response.json(day) }),
  };
  const streaming: HostedAgentMaker<object> = ({ model }) => new ToolCallingAgent({ model, streamOutputs: true });
  const life = (model: Parameters<typeof workerSettings>[0]['model'], visitor = streaming) => {
    const object = agentObject(
      workerSettings({ agents: { visitor }, model, traces: false, runs: { graceMs: 1 } }),
      home,
      {},
    );
    const ask = (path: string, body: object = { owner: '' }) =>
      object.fetch(new Request(`https://object${path}`, { method: 'POST', body: JSON.stringify(body) }));
    return { alarm: () => object.alarm(), ask };
  };
  const first = life(silent);
  const started = await first.ask('/run/start', { ...order, ...begun });
  await expect.poll(() => home.rows.last('event ')).toBe('event 0000000002');
  if (begun.attached) await started.body?.cancel();
  return { woken, life, first, day, rows: home.rows };
}

const answering = scriptedModel(...Array(3).fill(finalAnswer('done')));

test('a run whose object was put away goes on for whoever asks, and the text that was cut off is void', async () => {
  const { life } = await cutOffRun();

  const events = await (await life(answering).ask('/run/events')).text();

  const types = [...events.matchAll(/"type":"([a-z-]+)","/g)].map(([, type]) => type);
  expect(types.slice(0, 3)).toEqual(['run-start', 'text', 'retry']);
  expect(events.match(/"type":"run-start"/g)).toHaveLength(1);
  expect(events).toContain('"state":"success"');
});

test('the alarm that wakes it lets it go on, once, also where somebody asks in the same moment', async () => {
  const { life, woken } = await cutOffRun();
  const { ask, alarm } = life(answering);

  await Promise.all([alarm(), ask('/run/facts'), ask('/run/facts')]);
  const events = await (await ask('/run/events')).text();

  expect(events.match(/"type":"run-end"/g)).toHaveLength(1);
  await expect.poll(() => (woken.at(-1) ?? 0) - Date.now()).toBeGreaterThan(23 * 3_600_000);
});

test('a run that was deleted stays ended, also where its object was cut off before it had ended', async () => {
  const { life, first } = await cutOffRun();
  void first.ask('/run/abort');
  await Promise.resolve();

  const facts = await (await life(answering).ask('/run/facts')).json();

  expect(facts).toMatchObject({ state: 'interrupted' });
});

test('an attached run whose readers were cut off with it ends when none comes back', async () => {
  const { life } = await cutOffRun({ attached: true });
  const { ask, alarm } = life(silent);

  await alarm();

  await expect.poll(async () => (await (await ask('/run/facts')).json()).state).toBe('interrupted');
});

test('a run that goes on knows what others have spent of the day meanwhile', async () => {
  const { life, day } = await cutOffRun();
  day.tokens = 5_000_000;
  const { ask } = life(answering);

  await (await ask('/run/events')).text();

  expect(await (await ask('/run/facts')).json()).toMatchObject({ state: 'budget' });
});

test('a run whose agent is another one by now ends, and says why', async () => {
  const { life } = await cutOffRun();
  const other: HostedAgentMaker<object> = () => {
    throw new Error('secret words');
  };

  const facts = await (await life(answering, other).ask('/run/facts')).json();

  expect(facts).toMatchObject({ state: 'error', error: { message: 'The run was cut off and cannot go on' } });
});

test('a run that brings down its object again and again at the same place is given up', async () => {
  const { life, rows } = await cutOffRun();

  for (let times = 1; times <= 5; times++) {
    const before = rows.last('log ');
    await life(silent).alarm();
    await expect.poll(() => rows.last('log ')).not.toBe(before); // its limits are written down
  }
  const facts = await (await life(answering).ask('/run/facts')).json();

  expect(facts).toMatchObject({ state: 'error', error: { message: expect.stringContaining('stopped 5 times') } });
});
