import { expect, test } from 'vitest';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import { finalAnswer, scriptedModel } from '../../src/testing/scripted-model';
import { systemClock } from '../../src/web/clock';
import { agentObject } from '../../src/worker/agent-object';
import type { ObjectHome } from '../../src/worker/objects';
import { memoryRows } from '../../src/worker/rows';
import type { RunOrder } from '../../src/worker/run-order';
import { workerSettings } from '../../src/worker/settings';

const order: RunOrder = { runId: 'run-1', agent: 'visitor', task: 'x', owner: '', counted: 'me', attached: false };

/** An object that was put away in the middle of a run, and the one that comes after it, on the same rows. */
async function twoLives() {
  const woken: number[] = [];
  const home: ObjectHome = {
    rows: memoryRows(),
    wakeAt: async (atMs) => void woken.push(atMs),
    clear: async () => {},
    waitUntil: () => {},
    objects: () => ({ fetch: async () => Response.json({ tokens: 0 }) }),
  };
  const settings = workerSettings({
    agents: { visitor: ({ model }) => new ToolCallingAgent({ model }) },
    model: scriptedModel({ ...finalAnswer(1), delayMs: 2 ** 30 }),
    traces: false,
    clock: { ...systemClock, sleep: () => new Promise(() => {}) }, // the first life hangs for ever
  });
  const ask = (life: ReturnType<typeof agentObject>, path: string, body: object) =>
    life.fetch(new Request(`https://object${path}`, { method: 'POST', body: JSON.stringify(body) }));
  await ask(agentObject(settings, home, {}), '/run/start', order);
  const second = agentObject(settings, home, {});
  return { woken, second, ask: (path: string) => ask(second, path, { owner: '' }) };
}

test('a run whose object was put away is told as failed to whoever asks, and its events have an end', async () => {
  const { ask } = await twoLives();

  const facts = await (await ask('/run/facts')).json();
  const events = await (await ask('/run/events')).text();

  expect(facts).toMatchObject({ state: 'error', error: { message: expect.stringContaining('stopped in the middle') } });
  expect(events.match(/"type":"run-end"/g)).toHaveLength(1);
  expect(events.match(/^id: \d+$/gm)).toEqual(['id: 1', 'id: 2']);
});

test('the alarm that wakes it ends it as well, and asks to be woken when the run is old', async () => {
  const { second, ask, woken } = await twoLives();

  await second.alarm();
  const facts = await (await ask('/run/facts')).json();

  expect(facts).toMatchObject({ state: 'error' });
  expect((woken.at(-1) ?? 0) - Date.now()).toBeGreaterThan(23 * 3_600_000);
});
