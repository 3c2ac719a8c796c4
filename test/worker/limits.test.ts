import { expect, test } from 'vitest';
import type { Agent } from '../../src/agents/agent-class';
import { CodeAgent } from '../../src/agents/code-agent';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import type { Model } from '../../src/models/model';
import { code, finalAnswer, type ScriptEntry, scriptedModel } from '../../src/testing/scripted-model';
import { tool } from '../../src/tools/tool';
import { type Clock, systemClock } from '../../src/web/clock';
import type { AgentWorkerOptions } from '../../src/worker/worker-options';
import { asks, hostedWorker } from '../fakes/hosted-worker';

const NOON = Date.UTC(2026, 0, 1, 12);
const MINUTE_MS = 60_000;

/** A clock whose hands the test moves; sleepers sleep in real time. */
function handMoved(): Clock & { move(ms: number): void } {
  let moved = 0;
  return {
    ...systemClock,
    now: () => NOON + moved,
    move: (ms) => {
      moved += ms;
    },
  };
}

async function end(reply: Response): Promise<number> {
  await reply.text();
  return reply.status;
}

const STREAM = { accept: 'text/event-stream' };

test('runs of the last minute count, refused ones do not, and the answer says when to come back', async () => {
  const clock = handMoved();
  const { start } = asks(hostedWorker({ limits: { runsPerMinute: 2 }, clock }));

  const statuses = [await end(await start({ task: 'x' }, STREAM))];
  clock.move(MINUTE_MS / 2);
  statuses.push(await end(await start({ task: 'x' }, STREAM)));
  const refused = await start({ task: 'x' }, STREAM);
  clock.move(MINUTE_MS / 2);
  statuses.push(await end(await start({ task: 'x' }, STREAM)), await end(await start({ task: 'x' }, STREAM)));

  expect(statuses).toEqual([200, 200, 200, 429]);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '30']);
  expect(refused.headers.get('content-type')).toBe('application/problem+json');
});

test('runs that are begun in the same moment are counted one by one', async () => {
  const { start } = asks(hostedWorker({ limits: { runsPerMinute: 2 } }));

  const replies = await Promise.all(Array.from({ length: 5 }, () => start({ task: 'x' }, STREAM)));

  expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 200, 429, 429, 429]);
});

test('the tokens of a day are counted over all visitors, until midnight', async () => {
  const clock = handMoved();
  const { start } = asks(hostedWorker({ limits: { tokensPerDay: 150 }, clock }));
  const from = (address: string) => start({ task: 'x' }, { ...STREAM, 'cf-connecting-ip': address });

  const statuses = [await end(await from('203.0.113.1')), await end(await from('203.0.113.2'))];
  const refused = await from('203.0.113.3');
  clock.move(12 * 60 * MINUTE_MS);
  statuses.push(await end(await from('203.0.113.3')));

  expect(statuses).toEqual([200, 200, 200]);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, String(12 * 60 * 60)]);
});

test('the tokens of a run are those of its managed agents as well', async () => {
  const usage = { inputTokens: 100, outputTokens: 0 };
  const spending = (entry: ScriptEntry) => ({ ...entry, usage });
  const model = scriptedModel(
    spending(code("await helper('Help.')")),
    spending(finalAnswer('helped')),
    spending(code('final_answer(1)')),
  );
  const worker = hostedWorker({
    agents: {
      team: ({ model }) => {
        const helper = new ToolCallingAgent({ model, name: 'helper', description: 'Helps.' });
        return new CodeAgent({ model, managedAgents: [helper] });
      },
    },
    model,
    limits: { maxTokens: 200 },
  });
  const { start, ask } = asks(worker);

  const reply = await start({ task: 'x' }, STREAM);
  await reply.text();
  const facts = await (await ask(reply.headers.get('location') ?? '')).json();

  expect(facts).toMatchObject({ state: 'budget', error: { message: expect.stringContaining('tokens 200 of 200') } });
  expect(model.requests.length).toBe(2);
});

test('steps of managed agents count; own steps alone end with a last word', async () => {
  const model = scriptedModel(code("await helper('Help.')"), finalAnswer('helped'), code('1'), code('2'), code('3'));
  const worker = hostedWorker({
    agents: {
      team: ({ model }) => {
        const helper = new ToolCallingAgent({ model, name: 'helper', description: 'Helps.' });
        return new CodeAgent({ model, managedAgents: [helper] });
      },
    },
    model,
    limits: { maxSteps: 3 },
  });
  const { start } = asks(worker);

  const text = await (await start({ task: 'x' }, STREAM)).text();

  expect(text).toContain('"state":"budget"');
  expect(model.requests.length).toBe(3);
});

test('a run that could not begin does not count as under way', async () => {
  let isBroken = true;
  const worker = hostedWorker({
    agents: {
      visitor: ({ model }) => {
        if (isBroken) throw new Error('not yet');
        return new ToolCallingAgent({ model });
      },
    },
    limits: { runsAtOnce: 1 },
  });
  const { start } = asks(worker);

  const first = await end(await start({ task: 'x' }));
  isBroken = false;
  const second = await end(await start({ task: 'x' }, STREAM));

  expect([first, second]).toEqual([500, 200]);
});

test('an owner is one visitor from wherever he comes, and two owners are two', async () => {
  const owner = ({ headers }: Request) => headers.get('x-user') ?? undefined;
  const { start } = asks(hostedWorker({ auth: { owner }, limits: { runsPerMinute: 1 } }));
  const as = (user: string, address: string) =>
    start({ task: 'x' }, { ...STREAM, 'x-user': user, 'cf-connecting-ip': address });

  const replies = [await as('ada', '203.0.113.1'), await as('ada', '203.0.113.2'), await as('eve', '203.0.113.1')];
  const stranger = await start({ task: 'x' }, STREAM);

  expect(replies.map(({ status }) => status)).toEqual([200, 429, 200]);
  expect(stranger.status).toBe(401);
});

/** A worker whose agents have models of their own; `spent` is what is known of the day. */
function metered(agents: Partial<AgentWorkerOptions<object>>['agents'], tokensPerDay: number) {
  const { start, ask } = asks(
    hostedWorker({ ...(agents && { agents }), limits: { tokensPerDay, runsPerMinute: 99, runsAtOnce: 99 } }),
  );
  const run = async (agent: string) => {
    const reply = await start({ agent, task: 'x' }, STREAM);
    await reply.text();
    return reply;
  };
  return { start, ask, run };
}

const priced = (entry: ScriptEntry) => ({ ...entry, usage: { inputTokens: 60, outputTokens: 40 } });
const team = (helperModel: Model, model: Model) => {
  const helper = new ToolCallingAgent({ model: helperModel, name: 'helper', description: 'Helps.' });
  return new CodeAgent({ model, managedAgents: [helper] });
};

test.each<[string, number, () => Agent]>([
  [
    'an agent with a model of its own',
    100,
    () => new ToolCallingAgent({ model: scriptedModel(priced(finalAnswer(1))) }),
  ],
  [
    'a managed agent with a model of its own',
    300,
    () =>
      team(
        scriptedModel(priced(finalAnswer('helped'))),
        scriptedModel(priced(code("await helper('Help.')")), priced(code('final_answer(1)'))),
      ),
  ],
  ['a model that says nothing of its tokens', 1, () => new ToolCallingAgent({ model: scriptedModel(finalAnswer(1)) })],
])('the tokens of the day are those of %s, too', async (_, tokensPerDay, visitor) => {
  const { run } = metered({ visitor }, tokensPerDay);

  const statuses = [(await run('visitor')).status, (await run('visitor')).status];

  expect(statuses).toEqual([200, 429]);
});

test('a reply that is broken off counts as what was asked and told by then', async () => {
  const asked = new AbortController();
  const model: Model = {
    modelId: 'talker',
    async *generate({ signal }) {
      asked.abort();
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    },
  };
  const { start, ask } = metered({ visitor: () => new ToolCallingAgent({ model }) }, 1);
  const reply = await start({ task: 'x' });
  await new Promise((resolve) => (asked.signal.aborted ? resolve(0) : asked.signal.addEventListener('abort', resolve)));

  await ask(reply.headers.get('location') ?? '', { method: 'DELETE' });
  const next = await start({ task: 'x' });

  expect(next.status).toBe(429);
});

test('a run stops as the tokens of the day are used up by others and itself', async () => {
  const again = tool({ name: 'again', description: 'Again.', inputs: {}, repeatable: true, execute: () => 'more' });
  const model = scriptedModel(...Array(9).fill(priced({ toolCalls: [{ name: 'again', arguments: {} }] })));
  const long = () => new ToolCallingAgent({ model, tools: [again] });
  const short = () => new ToolCallingAgent({ model: scriptedModel(priced(finalAnswer(1))) });
  const { run, ask } = metered({ long, short }, 250);

  await run('short');
  const reply = await run('long');

  expect(await (await ask(reply.headers.get('location') ?? '')).json()).toMatchObject({ state: 'budget' });
  expect(model.requests).toHaveLength(2);
});

test('the tokens of a run are estimated where its model says nothing of them', async () => {
  const again = tool({ name: 'again', description: 'Again.', inputs: {}, repeatable: true, execute: () => 'more' });
  const model = scriptedModel(...Array(9).fill({ toolCalls: [{ name: 'again', arguments: {} }] }));
  const agents = { visitor: () => new ToolCallingAgent({ model, tools: [again] }) };
  const { start, ask } = asks(hostedWorker({ agents, limits: { maxTokens: 10 } }));

  const reply = await start({ task: 'x' }, STREAM);
  await reply.text();

  expect(await (await ask(reply.headers.get('location') ?? '')).json()).toMatchObject({ state: 'budget' });
  expect(model.requests).toHaveLength(1);
});
