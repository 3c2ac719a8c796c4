import { expect, test } from 'vitest';
import { CodeAgent } from '../../src/agents/code-agent';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import { call, calls, code, finalAnswer, scriptedModel } from '../../src/testing/scripted-model';
import { tool } from '../../src/tools/tool';
import { asks, hostedWorker } from '../fakes/hosted-worker';
import { payEuros } from '../fakes/small-tools';

const STREAM = { accept: 'text/event-stream' };

function paying(...script: Parameters<typeof scriptedModel>) {
  const model = scriptedModel(...script);
  const agents = { visitor: () => new ToolCallingAgent({ model, tools: [payEuros] }) };
  const worker = asks(
    hostedWorker({
      agents,
      auth: { owner: ({ headers }) => headers.get('x-user') ?? 'ada' },
      limits: { runsPerMinute: 99 },
    }),
  );
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    worker.ask(path, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...STREAM, ...headers },
    });
  const begin = async () => {
    const reply = await post('/runs', { task: 'Pay.' });
    const text = await reply.text();
    return { text, path: reply.headers.get('location') ?? '' };
  };
  return { ...worker, model, post, begin };
}

function numbersIn(text: string): number[] {
  return [...text.matchAll(/^id: (\d+)$/gm)].map(([, number]) => Number(number));
}

test.each([
  [{ allow: true }, 'paid 12'],
  [{ allow: true, arguments: { euros: 3 } }, 'paid 3'],
  [{ refuse: 'too dear' }, 'too dear'],
])('a run that waits goes on by the answer %j, its events numbered on', async (answer, told) => {
  const { begin, post, ask, model } = paying(call('pay', { euros: 12 }, 'p1'), finalAnswer('done'));
  const { text, path } = await begin();

  const waiting = await (await ask(path)).json();
  const more = await (await post(`${path}/answers/p1`, answer)).text();

  expect(waiting).toMatchObject({ state: 'waiting', waiting: [{ callId: 'p1', kind: 'approval' }] });
  expect(numbersIn(text + more)).toEqual(numbersIn(text + more).map((_, index) => index + 1));
  expect(more).not.toContain('"tool-call","call":{"id":"p1"'); // readers have it
  expect(JSON.stringify(model.requests[1]?.messages.at(-1))).toContain(told);
  expect(await (await ask(path)).json()).toMatchObject({ state: 'success', output: 'done', steps: 2 });
});

test('a run that waits and is deleted waits no more: it cannot be answered, and its readers are told', async () => {
  const { begin, post, ask } = paying(call('pay', { euros: 12 }, 'p1'), finalAnswer('done'));
  const { text, path } = await begin();

  const deleted = await (await ask(path, { method: 'DELETE' })).json();
  const late = await post(`${path}/answers/p1`, { allow: true });
  const events = await (await ask(`${path}/events`)).text();

  expect(deleted).toMatchObject({ state: 'interrupted', error: { message: expect.stringContaining('deleted') } });
  expect(deleted).not.toHaveProperty('waiting');
  expect([late.status, await (await ask(path)).json()]).toMatchObject([404, { state: 'interrupted' }]);
  expect(events.startsWith(text)).toBe(true);
  expect(events.slice(text.length)).toMatch(/"type":"run-end","state":"interrupted"/);
});

test('an answer and a deletion at once leave the run ended', async () => {
  for (let times = 0; times < 10; times++) {
    const { begin, post, ask } = paying(call('pay', { euros: 12 }, 'p1'), finalAnswer('done'));
    const { path } = await begin();

    const [answered, deleted] = await Promise.all([
      post(`${path}/answers/p1`, { allow: true }),
      ask(path, { method: 'DELETE' }),
    ]);
    await answered.text();

    expect(deleted.status).toBe(200);
    expect((await (await ask(path)).json()).state).not.toMatch(/running|waiting/);
  }
});

test('two answers at once are both taken, each call runs once', async () => {
  const { begin, post, ask, model } = paying(
    calls(['pay', { euros: 1 }, 'p1'], ['pay', { euros: 2 }, 'p2']),
    finalAnswer('done'),
  );
  const { path } = await begin();

  const replies = await Promise.all(['p1', 'p2'].map((id) => post(`${path}/answers/${id}`, { allow: true })));
  await Promise.all(replies.map((reply) => reply.text()));

  expect(replies.map(({ status }) => status)).toEqual([200, 200]);
  expect(await (await ask(path)).json()).toMatchObject({ state: 'success' });
  expect(model.requests).toHaveLength(2);
});

test('answers to several calls that are given together are taken together', async () => {
  const { begin, post, ask, model } = paying(
    calls(['pay', { euros: 1 }, 'p1'], ['pay', { euros: 2 }, 'p2'], ['pay', { euros: 3 }, 'p3']),
    finalAnswer('done'),
  );
  const { text, path } = await begin();

  const some = await (
    await post(`${path}/answers`, { p1: { allow: true, arguments: { euros: 7 } }, p3: { allow: true } })
  ).text();
  const waiting = await (await ask(path)).json();
  const rest = await (await post(`${path}/answers`, { p2: { refuse: 'too dear' } })).text();

  expect(waiting).toMatchObject({ state: 'waiting', waiting: [{ callId: 'p2' }] });
  expect(JSON.stringify(model.requests[1]?.messages)).toMatch(/paid 7.*paid 3.*too dear/s);
  expect(numbersIn(text + some + rest)).toEqual(numbersIn(text + some + rest).map((_, index) => index + 1));
  expect(await (await ask(path)).json()).toMatchObject({ state: 'success', output: 'done' });
});

test.each<[string, unknown, number, string]>([
  ['a call that does not wait', { p1: { allow: true }, p9: { allow: true } }, 404, 'unknown_call'],
  ['another kind than was asked', { p1: { allow: true }, p2: { answer: 'yes' } }, 400, 'bad_request'],
  [
    'arguments that its tool does not take',
    { p1: { allow: true }, p2: { allow: true, arguments: { euros: 'x' } } },
    400,
    'bad_request',
  ],
  [
    'an argument that is not there',
    { p1: { allow: true }, p2: { allow: true, arguments: { euro: 1 } } },
    400,
    'bad_request',
  ],
  ['no form of an answer', { p1: { allow: true }, p2: {} }, 400, 'bad_request'],
  ['none at all', {}, 400, 'bad_request'],
  ['a list', [{ allow: true }], 400, 'bad_request'],
])('of answers given together, where one is to %s, none is given', async (_, answers, status, problem) => {
  const script = calls(['pay', { euros: 1 }, 'p1'], ['pay', { euros: 2 }, 'p2']);
  const { begin, post, ask, model } = paying(script, finalAnswer('done'));
  const { path } = await begin();
  const before = await (await ask(`${path}/events`)).text();

  const reply = await post(`${path}/answers`, answers);

  expect([reply.status, await reply.json()]).toMatchObject([status, { code: problem }]);
  expect(await (await ask(path)).json()).toMatchObject({
    state: 'waiting',
    waiting: [{ callId: 'p1' }, { callId: 'p2' }],
  });
  expect([await (await ask(`${path}/events`)).text(), model.requests.length]).toEqual([before, 1]);
});

test('an answer whose sender left before its turn came is taken, and its run waits for no reader', async () => {
  let isAsked = false;
  const slow = { pay: () => {} };
  const model = scriptedModel(calls(['slow', {}, 'p1'], ['slow', {}, 'p2']), finalAnswer('done'));
  const tools = [
    tool({
      ...{ name: 'slow', description: 'Slow.', inputs: {}, needsApproval: true },
      execute: async () => {
        isAsked = true;
        await new Promise<void>((resolve) => {
          slow.pay = resolve;
        });
        return 'paid';
      },
    }),
  ];
  const agents = { visitor: () => new ToolCallingAgent({ model, tools }) };
  const { ask, start } = asks(hostedWorker({ agents, runs: { graceMs: 0 } }));
  const reply = await start({ task: 'Pay.' }, STREAM);
  await reply.text();
  const path = reply.headers.get('location') ?? '';
  const headers = { 'content-type': 'application/json', ...STREAM };
  const answer = (callId: string, signal?: AbortSignal) =>
    ask(`${path}/answers/${callId}`, { method: 'POST', body: '{"allow":true}', headers, signal: signal ?? null });
  const impatient = new AbortController();

  const first = await answer('p1');
  await expect.poll(() => isAsked).toBe(true);
  const second = answer('p2', impatient.signal);
  for (let asked = 0; asked < 3; asked++) await (await ask(path)).text(); // by then the answer is with the object
  impatient.abort();
  isAsked = false;
  slow.pay();
  await first.text();
  await (await second).body?.cancel(); // as the runtime does where nobody is there to read
  await expect.poll(() => isAsked).toBe(true);
  slow.pay();

  await expect.poll(async () => (await (await ask(path)).json()).state).not.toBe('running');
  expect(await (await ask(path)).json()).toMatchObject({ state: 'success', output: 'done' });
});

test.each([
  ['p2', { allow: true }, 404, 'unknown_call'],
  ['p1', { answer: 'yes' }, 400, 'bad_request'],
  ['p1', { allow: false }, 400, 'bad_request'],
  ['p1', {}, 400, 'bad_request'],
])('the answer to %s that is %j is refused, and the run still waits', async (callId, answer, status, problem) => {
  const { begin, post, ask } = paying(call('pay', { euros: 12 }, 'p1'));
  const { path } = await begin();

  const reply = await post(`${path}/answers/${callId}`, answer);

  expect(reply.status).toBe(status);
  expect(await reply.json()).toMatchObject({ code: problem });
  expect(await (await ask(path)).json()).toMatchObject({ state: 'waiting' });
});

test.each(['answers/p1', 'answers', 'continue', 'fork'])("another owner's run has no %s", async (route) => {
  const { begin, post } = paying(call('pay', { euros: 12 }, 'p1'));
  const { path } = await begin();
  const body = {
    'answers/p1': { allow: true },
    answers: { p1: { allow: true } },
    continue: { task: 'x' },
    fork: { step: 1 },
  }[route];

  const reply = await post(`${path}/${route}`, body, { 'x-user': 'bob' });

  expect(reply.status).toBe(404);
});

const counting = [code('let n = 20; console.log(n)'), code('final_answer(n * 2)')];

function counter(...script: Parameters<typeof scriptedModel>) {
  const model = scriptedModel(...counting, ...script);
  const worker = asks(hostedWorker({ agents: { visitor: () => new CodeAgent({ model }) } }));
  const run = async (path: string, body: object) => {
    const headers = { 'content-type': 'application/json', ...STREAM };
    const reply = await worker.ask(path, { method: 'POST', body: JSON.stringify(body), headers });
    const text = await reply.text();
    return { status: reply.status, text, path: reply.headers.get('location') ?? '' };
  };
  const output = async (path: string) => ((await (await worker.ask(path)).json()) as { output?: unknown }).output;
  return { model, run, output };
}

test('a fork is a run of its own from before a step, with edits and the variables of that moment', async () => {
  const { run, output } = counter(code('final_answer(n * 2)'));
  const first = await run('/runs', { task: 'Double it.' });

  const fork = await run(`${first.path}/fork`, { step: 1, code: 'let n = 21' });

  expect(fork.path).not.toBe(first.path);
  expect([await output(first.path), await output(fork.path)]).toEqual([40, 42]);
});

test('a fork can be made inside a managed agent', async () => {
  const inner = scriptedModel(finalAnswer('blue'), finalAnswer('red'));
  const outer = scriptedModel(code('await scout("Look.")'), code('final_answer(1)'), code('final_answer(2)'));
  const scout = new ToolCallingAgent({ model: inner, name: 'scout', description: 'Looks.' });
  const { ask } = asks(
    hostedWorker({ agents: { lead: () => new CodeAgent({ model: outer, managedAgents: [scout] }) } }),
  );
  const post = (path: string, body: unknown) =>
    ask(path, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...STREAM },
    });
  const first = await post('/runs', { task: 'Go.' });
  await first.text();

  const fork = await post(`${first.headers.get('location')}/fork`, {
    step: 1,
    managed: { c1: { step: 1, task: 'Look again.' } },
  });

  expect(await fork.text()).toMatch(/"type":"run-end","state":"success"/);
  expect(JSON.stringify(inner.requests[1]?.messages)).toContain('Look again.');
  expect(JSON.stringify(outer.requests[2]?.messages)).toContain('red');
});

test('another task goes on with the memory and the variables of the run', async () => {
  const { run, output, model } = counter(code('final_answer(n + add)'));
  const first = await run('/runs', { task: 'Double it.' });

  const next = await run(`${first.path}/continue`, { task: 'And now?', additionalArgs: { add: 1 } });

  expect(await output(next.path)).toBe(21);
  const told = JSON.stringify(model.requests.at(-1)?.messages);
  expect(told).toContain('Double it.');
  expect(told).toContain('And now?');
  expect(told).toContain('Variables that your last code set are gone');
});

/** Edits of managed agents in one another. */
function deep(levels: number): { step: number; managed?: Record<string, object> } {
  return levels === 0 ? { step: 1 } : { step: 1, managed: { c1: deep(levels - 1) } };
}

test.each([
  ['fork', { step: 9 }],
  ['fork', { step: 0 }],
  ['fork', { step: 1, reply: 'a', code: 'b' }],
  ['fork', { step: 1, results: { unknown: 1 } }],
  ['fork', { step: 1, color: 'red' }],
  ['fork', { step: 1, managed: { c1: { step: 1 } } }],
  ['fork', { step: 1, managed: { c1: { step: 1, color: 'red' } } }],
  ['fork', deep(40)],
  ['continue', { task: ' ' }],
  ['continue', {}],
])('%s with %j is a mistake of the visitor', async (route, body) => {
  const { run } = counter();
  const first = await run('/runs', { task: 'Double it.' });

  const reply = await run(`${first.path}/${route}`, body);

  expect(reply.status).toBe(400);
});

test.each([(id: string) => id, encodeURIComponent])(
  'a call of a managed agent, whose id holds a slash, is answered by it as it stands and encoded',
  async (inAddress) => {
    const model = scriptedModel(
      call('helper', { task: 'Pay.' }, 'm1'),
      call('pay', { euros: 12 }, 'p1'),
      finalAnswer('paid'),
      finalAnswer('done'),
    );
    const helper = { name: 'helper', description: 'Pays.' };
    const agents = {
      visitor: () =>
        new ToolCallingAgent({ model, managedAgents: [new ToolCallingAgent({ model, tools: [payEuros], ...helper })] }),
    };
    const { ask, start } = asks(hostedWorker({ agents }));
    const path = await start({ task: 'Pay.' }, STREAM).then(async (reply) => {
      await reply.text();
      return reply.headers.get('location') ?? '';
    });
    const { waiting } = (await (await ask(path)).json()) as { waiting: { callId: string }[] };
    const headers = { 'content-type': 'application/json', ...STREAM };

    const address = `${path}/answers/${inAddress(waiting[0]?.callId ?? '')}`;
    const reply = await ask(address, { method: 'POST', body: '{"allow":true}', headers });
    await reply.text();

    expect(waiting).toMatchObject([{ callId: 'm1/p1' }]);
    expect(await (await ask(path)).json()).toMatchObject({ state: 'success', output: 'done' });
  },
);

test.each([
  ['answers/p1', {}, 'an answer must be { allow: true'],
  ['answers', { p1: { allow: false } }, 'p1: an answer must be { allow: true'],
  ['fork', { step: 1, reply: 5 }, 'reply: must be a text or { content?'],
])('%s with %j is told what is allowed', async (route, body, words) => {
  const { begin, post } = paying(call('pay', { euros: 12 }, 'p1'));
  const { path } = await begin();

  const reply = await post(`${path}/${route}`, body);

  expect([reply.status, (await reply.json()).detail]).toEqual([400, expect.stringContaining(words)]);
});

test.each(['.', '..', '__proto__'])(
  'a call whose id is "%s", which no address or key can hold, can be answered all the same',
  async (id) => {
    const { begin, post, ask } = paying(call('pay', { euros: 12 }, id), finalAnswer('done'));
    const { path } = await begin();
    const { waiting } = (await (await ask(path)).json()) as { waiting: { callId: string }[] };

    const reply = await post(`${path}/answers/${waiting[0]?.callId}`, { allow: true });
    await reply.text();

    expect(await (await ask(path)).json()).toMatchObject({ state: 'success' });
  },
);

test.each([
  ['continue', { task: 'And now?' }],
  ['fork', { step: 1 }],
])('%s of a run that was deleted before it began is a conflict', async (route, body) => {
  const { ask, post } = paying(finalAnswer('done'));
  const started = await post('/runs', { task: 'Pay.', background: true }, { accept: 'application/json' });
  const path = started.headers.get('location') ?? '';
  await ask(path, { method: 'DELETE' });

  const reply = await post(`${path}/${route}`, body);

  expect([reply.status, (await reply.json()).code]).toEqual([409, 'not_begun']);
});
