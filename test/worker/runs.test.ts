import { expect, test } from 'vitest';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import type { ModelRequest } from '../../src/models/model';
import { call, finalAnswer, scriptedModel } from '../../src/testing/scripted-model';
import { tool } from '../../src/tools/tool';
import { type Clock, systemClock } from '../../src/web/clock';
import { asks, hostedWorker } from '../fakes/hosted-worker';

const STREAM = { accept: 'text/event-stream' };
const HEARTBEAT = ': heartbeat\n\n';

/** A model that answers when the test says so. */
function heldModel() {
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const script = scriptedModel(finalAnswer('done'));
  const generate = async function* (request: ModelRequest) {
    await held;
    yield* script.generate(request);
  };
  return { release, model: { modelId: 'held', generate } };
}

test('the last word of a run is none of its steps', async () => {
  const again = tool({ name: 'again', description: 'Again.', inputs: {}, execute: () => 'more' });
  const model = scriptedModel(call('again', {}), { content: 'the last word' });
  const agents = { visitor: () => new ToolCallingAgent({ model, tools: [again] }) };
  const { start, ask } = asks(hostedWorker({ agents }));

  const reply = await start({ task: 'x', maxSteps: 1 }, STREAM);
  await reply.text();

  const facts = await (await ask(reply.headers.get('location') ?? '')).json();
  expect(facts).toMatchObject({ state: 'max_steps_error', output: 'the last word', steps: 1 });
});

test('a stream that has nothing to tell is kept alive by comments, which readers of events do not see', async () => {
  const { model, release } = heldModel();
  const { start } = asks(hostedWorker({ model, runs: { heartbeatMs: 5 } }));
  const reader = (await start({ task: 'x' }, STREAM)).body?.getReader();
  const next = async () => new TextDecoder().decode((await reader?.read())?.value);

  let first = await next();
  while (first === HEARTBEAT) first = await next(); // the loop is fetched with the first run of all
  const texts = [await next(), await next()];
  release();

  expect(first).toContain('"run-start"');
  expect(texts).toEqual([HEARTBEAT, HEARTBEAT]);
});

test('an attached run goes on when somebody reads it again in time', async () => {
  const { model, release } = heldModel();
  const graceMs = 12_345;
  let left = 0;
  let cameBack = 0;
  const sleep: Clock['sleep'] = (ms, signal) => {
    if (ms !== graceMs) return systemClock.sleep(ms, signal);
    left += 1;
    return new Promise((_, reject) => {
      signal?.addEventListener('abort', () => {
        cameBack += 1;
        reject(signal.reason);
      });
    });
  };
  const { start, ask } = asks(hostedWorker({ model, clock: { ...systemClock, sleep }, runs: { graceMs } }));
  const first = await start({ task: 'x' }, STREAM);

  await first.body?.cancel();
  const [leftFirst, second] = [left, await ask(`${first.headers.get('location')}/events`)];
  release();

  expect(await second.text()).toContain('"state":"success"');
  expect([leftFirst, cameBack]).toEqual([1, 1]);
});

test('what a run is given reaches it: arguments by name, and fewer steps', async () => {
  const again = tool({ name: 'again', description: 'Again.', inputs: {}, repeatable: true, execute: () => 'more' });
  const model = scriptedModel({ toolCalls: [{ name: 'again', arguments: {} }] }, { content: 'last word' });
  const { start, ask } = asks(
    hostedWorker({ agents: { visitor: ({ model }) => new ToolCallingAgent({ model, tools: [again] }) }, model }),
  );

  const reply = await start({ task: 'x', maxSteps: 1, additionalArgs: { city: 'Oslo' } }, STREAM);
  await reply.text();
  const facts = await (await ask(reply.headers.get('location') ?? '')).json();

  expect(facts).toMatchObject({ state: 'max_steps_error', output: 'last word' });
  expect(JSON.stringify(model.requests[0]?.messages)).toContain('Oslo');
});

test.each(['-1', '1.5', 'x', '99999999999'])('the Last-Event-ID "%s" is no number of an event', async (id) => {
  const { start, ask } = asks(hostedWorker());
  const { runId } = (await (await start({ task: 'x' })).json()) as { runId: string };

  const reply = await ask(`/runs/${runId}/events`, { headers: { 'last-event-id': id } });

  expect(reply.status).toBe(400);
});

test('an empty Last-Event-ID is that of a reader who has no event yet', async () => {
  const { start, ask } = asks(hostedWorker());
  const reply = await start({ task: 'x' }, STREAM);
  const text = await reply.text();

  const again = await ask(`${reply.headers.get('location')}/events`, { headers: { 'last-event-id': '' } });

  expect(await again.text()).toBe(text);
});

test.each([
  ['text/event-stream', true],
  ['application/json, Text/Event-Stream; charset=utf-8; q=0.5', true],
  ['text/event-stream;q=0', false],
  ['application/json, text/event-stream; Q=0.00', false],
  ['text/event-stream-not', false],
  ['*/*', false],
])('who accepts %s gets events: %j', async (accept, isStream) => {
  const { start } = asks(hostedWorker());

  const reply = await start({ task: 'x' }, { accept });
  await reply.text();

  expect(reply.headers.get('content-type')).toBe(isStream ? 'text/event-stream' : 'application/json');
});

test('old runs are removed', async () => {
  const { start, ask } = asks(hostedWorker({ runs: { keepMs: 20 } }));
  const reply = await start({ task: 'x' }, STREAM);
  await reply.text();
  const path = reply.headers.get('location') ?? '';

  await expect.poll(async () => (await ask(path)).status).toBe(404);
});

test('a body that is packed is refused as such, not as broken JSON', async () => {
  const { start } = asks(hostedWorker());

  const reply = await start({ task: 'x' }, { 'content-encoding': 'gzip' });

  expect(reply.status).toBe(415);
  expect(await reply.json()).toMatchObject({ code: 'unsupported_type', detail: expect.stringContaining('is gzip') });
});

test('arguments that are nested too deep are refused', async () => {
  const { ask } = asks(hostedWorker());
  const body = `{"task":"x","additionalArgs":{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}}`;

  const reply = await ask('/runs', { method: 'POST', body, headers: { 'content-type': 'application/json' } });

  expect(reply.status).toBe(400);
});

test('a task of the longest length is taken however its characters are written, a longer one is refused', async () => {
  const { ask } = asks(hostedWorker({ limits: { maxTaskCharacters: 50_000 } }));
  const post = (task: string) =>
    ask('/runs', {
      method: 'POST',
      body: JSON.stringify({ task }).replaceAll('é', '\\u00e9'),
      headers: { 'content-type': 'application/json' },
    });

  const replies = [await post('é'.repeat(50_000)), await post('é'.repeat(50_001))];

  expect(replies.map(({ status }) => status)).toEqual([200, 413]);
});

test.each([
  ['as it is', 'x', 0, 200],
  ['as it is, one longer', 'x', 1, 413],
  ['with a task in escapes', '\\u6f22', 0, 200],
  ['with a task in escapes, one longer', '\\u6f22', 1, 413],
])('a body 64 KiB longer than the longest task, %s, is the longest that is taken', async (_, one, more, status) => {
  const maxTaskCharacters = 100;
  const { ask } = asks(hostedWorker({ limits: { maxTaskCharacters } }));
  const around = '{"task":"","additionalArgs":{"a":""}}';

  const padded = around.replace('""}', `"${' '.repeat(65_536 - around.length + more)}"}`);
  const body = padded.replace('""', `"${one.repeat(maxTaskCharacters)}"`);
  const reply = await ask('/runs', { method: 'POST', body, headers: { 'content-type': 'application/json' } });

  expect(reply.status).toBe(status);
});

test('who asks for what follows an event that never was gets all that comes', async () => {
  const { model, release } = heldModel();
  const { start, ask } = asks(hostedWorker({ model }));
  const { runId } = (await (await start({ task: 'x' })).json()) as { runId: string };

  const reply = await ask(`/runs/${runId}/events`, { headers: { 'last-event-id': '99999' } });
  release();

  expect(await reply.text()).toContain('"run-end"');
});

test('a method that a route does not have is refused, also where nobody needs to be let in', async () => {
  const { ask } = asks(hostedWorker({ auth: { token: 'a-token' } }));

  const replies = [await ask('/health', { method: 'POST' }), await ask('/health'), await ask('/runs')];

  expect(replies.map(({ status }) => status)).toEqual([405, 200, 405]);
});
