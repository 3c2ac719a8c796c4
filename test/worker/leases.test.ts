import { expect, test } from 'vitest';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import type { Model } from '../../src/models/model';
import { finalAnswer, scriptedModel } from '../../src/testing/scripted-model';
import { type Clock, systemClock } from '../../src/web/clock';
import { agentObject } from '../../src/worker/agent-object';
import { type LivingObject, objectsInMemory } from '../../src/worker/objects';
import type { RunOrder } from '../../src/worker/runs/run-order';
import { workerSettings } from '../../src/worker/settings';
import { asks, hostedWorker } from '../fakes/hosted-worker';

const MINUTE_MS = 60_000;
/** Never answers; its run ends when it is deleted. */
const silent: Model = {
  modelId: 'silent',
  async *generate({ signal }) {
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  },
};

/** A worker of one run at once, whose clock the test moves and whose objects lose what `isLost` says. */
function oneAtOnce(model: Model, isLost: (path: string) => boolean) {
  let moved = 0;
  const clock: Clock = { ...systemClock, now: () => Date.now() + moved };
  const limits = { runsAtOnce: 1, runsPerMinute: 99, maxRunMs: 5 * MINUTE_MS };
  const options = { agents: { visitor: () => new ToolCallingAgent({ model }) }, limits, clock };
  const settings = workerSettings({ ...options, model, traces: false });
  const heard: string[] = [];
  const living = new Map<string, LivingObject>();
  const objects = objectsInMemory((home) => {
    const object = agentObject(settings, home, {});
    const fetch = async (request: Request) => {
      const { pathname } = new URL(request.url);
      if (isLost(pathname)) throw new Error('the object was reset');
      heard.push(pathname);
      return object.fetch(request);
    };
    const alarm = () => object.alarm();
    return { fetch, alarm };
  }, clock);
  const get = (name: string) => {
    const object = objects(name) as LivingObject;
    living.set(name, object);
    return object;
  };
  const env = { RUNS: { idFromName: (name: string) => name, get } };
  const worker = asks(hostedWorker({ ...options, runs: { binding: 'RUNS' } }), env);
  const begin = async () => (await worker.start({ task: 'x' })).status;
  const alarm = async () => {
    for (const [name, object] of living) if (name.startsWith('run ')) await object.alarm();
  };
  const move = (ms: number) => {
    moved += ms;
  };
  return { ...worker, begin, alarm, heard, move };
}

test('a place that was taken for a run which never came to be is free again within seconds', async () => {
  let isDead = true; // the worker dies with the object: nobody gives the place back
  const { begin, move } = oneAtOnce(silent, (path) => isDead && path.startsWith('/run/'));

  const lost = await begin();
  isDead = false;
  const next = await begin();
  move(15_000);
  const later = await begin();

  expect([lost, next, later]).toEqual([500, 429, 200]);
});

test('a run under way keeps its place for as long as it may take, and a minute', async () => {
  const { begin, move } = oneAtOnce(silent, () => false);

  const statuses = [await begin()];
  for (const minutes of [1, 3, 1.5, 0.5]) {
    move(minutes * MINUTE_MS);
    statuses.push(await begin());
  }

  expect(statuses).toEqual([200, 429, 429, 429, 200]);
});

test('a run whose word on it was lost gives it again when it is woken', async () => {
  let isDeaf = true;
  const { begin, alarm, move } = oneAtOnce(silent, (path) => isDeaf && path === '/ledger/confirm');
  await begin();

  isDeaf = false;
  await alarm();
  move(MINUTE_MS);
  const next = await begin();

  expect(next).toBe(429);
});

test('a run that ends at once has said that it is under way before it says that it is over', async () => {
  const { begin, heard } = oneAtOnce(scriptedModel(...Array(3).fill(finalAnswer('done'))), () => false);

  await begin();
  await expect.poll(() => heard).toContain('/ledger/release');

  expect(heard.filter((path) => /confirm|release/.test(path))).toEqual(['/ledger/confirm', '/ledger/release']);
});

test('a run that is gone on with after a long time takes its place again', async () => {
  const asked: string[] = [];
  const settings = workerSettings({
    agents: { visitor: () => new ToolCallingAgent({ model: silent }) },
    model: silent,
  });
  const rows = new Map<string, Parameters<typeof agentObject>[1]['rows']>();
  const life = () => {
    const objects = objectsInMemory((home) => {
      const kept = rows.get('run') ?? home.rows;
      rows.set('run', kept);
      const others = (name: string) => ({
        fetch: async ({ url }: Request) => {
          asked.push(`${name} ${new URL(url).pathname}`);
          return Response.json({ tokens: 0 });
        },
      });
      return agentObject({ ...settings, traces: undefined }, { ...home, rows: kept, objects: others }, {});
    }, systemClock);
    return (path: string, body: object) =>
      objects('run').fetch(new Request(`https://object${path}`, { method: 'POST', body: JSON.stringify(body) }));
  };
  const order: RunOrder = {
    ...{ runId: 'run-1', agent: 'visitor', task: 'x', owner: '', counted: 'me', life: 1, spentToday: 0 },
    ...{ background: true, attached: false },
  };

  await life()('/run/start', order);
  await life()('/run/facts', { owner: '' });

  expect(asked.filter((path) => path.includes('confirm'))).toEqual(Array(2).fill('visitor me /ledger/confirm'));
});
