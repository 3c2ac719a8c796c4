import { expect, test } from 'vitest';
import { RemoteAgent } from '../../src/agents/remote-agent';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import { call, finalAnswer, scriptedModel } from '../../src/testing/scripted-model';
import type { Fetch } from '../../src/web/fetch';
import { agentObject } from '../../src/worker/agent-object';
import { memoryRows, type Rows } from '../../src/worker/rows';
import type { RunOrder } from '../../src/worker/runs/run-order';
import { workerSettings } from '../../src/worker/settings';
import { purposeful } from '../fakes/deeds';
import { remoteWorker } from '../fakes/remote-worker';
import { addOne } from '../fakes/small-tools';

const order: RunOrder = {
  ...{ runId: 'run-1', agent: 'manager', task: 'x', owner: '', counted: 'me', life: 1, spentToday: 0 },
  ...{ background: true, attached: false },
};
const usage = { inputTokens: 10, outputTokens: 2 };
const adder = () => {
  const replies = [call('add_one', { a: 1 }, 'a1'), call('add_one', { a: 2 }, 'a2'), finalAnswer('sum')];
  const model = scriptedModel(...replies.map((reply) => ({ ...reply, content: 'I think.', usage })));
  return new ToolCallingAgent({ model, tools: [addOne], streamOutputs: true });
};

/** Rows that take nothing more after so many whose key begins so, and what is written in one go with the last of them. */
function mortal(rows: Rows, prefix: string, most: number): { rows: Rows; isDead(): boolean } {
  let left = most;
  let isDead = false;
  const put: Rows['put'] = (key, text) => {
    if (isDead) return;
    rows.put(key, text);
    if (!key.startsWith(prefix)) return;
    left -= 1;
    if (left === 0)
      queueMicrotask(() => {
        isDead = true;
      });
  };
  return { rows: { ...rows, put }, isDead: () => isDead };
}

/** A run whose manager is in one worker and its managed agent in another; the manager's object is killed at that row. */
async function playedWith(prefix: string, most: number) {
  const elsewhere = remoteWorker({ agents: { adder } });
  const rows = memoryRows();
  let counted = 0; // of the replies elsewhere, in the tokens of the day
  const life = (of: Rows, isDead: () => boolean) => {
    const fetch: Fetch = (input, init) => {
      if (isDead()) return new Promise(() => {}); // nothing that a dead object asks leaves it
      return elsewhere.fetch(input, init);
    };
    const helper = new RemoteAgent({ url: 'https://worker.example', name: 'helper', description: 'Adds.' });
    const deed = { reply: call('helper', { task: 'Add.' }, 'c1'), shows: ['sum'] };
    const model = purposeful('manager', [deed], finalAnswer('done'), []);
    const agents = { manager: () => new ToolCallingAgent({ model, managedAgents: [helper] }) };
    const objects = () => ({
      fetch: async (request: Request) => {
        const { tokens } = (await request.json()) as { tokens?: number };
        if (!isDead() && tokens === usage.inputTokens + usage.outputTokens) counted += 1;
        return Response.json({ tokens: 0 });
      },
    });
    const object = agentObject(
      workerSettings({ agents, model, traces: false, fetch }),
      { rows: of, wakeAt: async () => {}, clear: async () => {}, waitUntil: () => {}, objects },
      {},
    );
    const ask = (path: string, body: object = { owner: '' }) =>
      object.fetch(new Request(`https://object${path}`, { method: 'POST', body: JSON.stringify(body) }));
    return ask;
  };
  const first = mortal(rows, prefix, most);
  void life(first.rows, first.isDead)('/run/start', order);
  const isOver = () => JSON.parse(rows.get('run') ?? '{"facts":"{}"}').facts.includes('"endedMs"');
  await expect.poll(() => first.isDead() || isOver()).toBe(true);
  if (rows.get('run') === undefined) return undefined; // it had not begun
  const next = life(rows, () => false);
  await (await next('/run/facts')).text();
  const text = await (await next('/run/events')).text();
  const facts = (await (await next('/run/facts')).json()) as Record<string, unknown>;
  const events = [...text.matchAll(/^data: (.+)$/gm)].map(([, json = '']) => JSON.parse(json) as Told);
  const begun = elsewhere.asked().filter((each) => each === 'POST /runs').length;
  const isInterrupted = text.includes('was interrupted');
  return {
    facts,
    begun,
    counted,
    isInterrupted,
    shapes: events.map(shapeOf),
    told: textOf(events),
    isKilled: first.isDead(),
  };
}

interface Told {
  type: string;
  runId: string;
  text?: string;
  step?: number | { number: number };
  call?: { id: string };
}

function shapeOf({ type, runId, step, call: made }: Told): string {
  const number = typeof step === 'object' ? step.number : step;
  return [runId, type, number, made?.id].filter((part) => part !== undefined).join(' ');
}

/** What a reader has of the text of the managed agent's steps, without what is void. */
function textOf(events: readonly Told[]): string {
  let [whole, open] = ['', ''];
  for (const { type, runId, text = '' } of events) {
    if (runId === 'run-1') continue;
    if (type === 'text') open += text;
    else if (type === 'retry') open = '';
    else [whole, open] = [whole + open, ''];
  }
  return whole + open;
}

test.each(['event ', 'log '])(
  'a hosted manager killed at each row "%s" finds the run of its remote agent again: it is begun once, and readers see each event once',
  async (prefix) => {
    const whole = await playedWith('event ', 1_000);
    const problems: unknown[] = [];
    let [kills, interrupted] = [0, 0];

    for (let most = 1; ; most++) {
      const played = await playedWith(prefix, most);
      if (!played) continue;
      if (!played.isKilled) break;
      kills += 1;
      if (played.isInterrupted) interrupted += 1; // it was not known whether it had begun; its manager asked again
      const solid = ({ shapes }: typeof played) => shapes.filter((shape) => !/ (text|retry)/.test(shape));
      const same = JSON.stringify([solid(played), played.told]) === JSON.stringify(whole && [solid(whole), whole.told]);
      const isCounted = played.counted === 3 || played.counted === 4; // twice the one that came as it was killed
      const isOnce = same && played.begun === 1 && isCounted;
      if (played.facts.output === 'done' && (played.isInterrupted || isOnce)) continue;
      problems.push({ most, ...played });
    }

    expect(whole).toMatchObject({
      begun: 1,
      counted: 3,
      facts: { output: 'done', usage: { inputTokens: 30, outputTokens: 6 } },
    });
    expect(problems).toEqual([]);
    expect(kills).toBeGreaterThan(10);
    expect(interrupted).toBeLessThanOrEqual(2);
  },
);
