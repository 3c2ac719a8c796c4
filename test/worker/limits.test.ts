import { expect, test } from 'vitest';
import { CodeAgent } from '../../src/agents/code-agent';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import { code, finalAnswer, type ScriptEntry, scriptedModel } from '../../src/testing/scripted-model';
import { type Clock, systemClock } from '../../src/web/clock';
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
