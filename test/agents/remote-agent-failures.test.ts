import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import type { RemoteAgentOptions } from '../../src/agents/remote/remote-options';
import { RemoteAgent } from '../../src/agents/remote-agent';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import { AgentConfigurationError, AgentError, AgentGenerationError } from '../../src/errors';
import { collectEvents } from '../../src/testing/collect-events';
import { failure, finalAnswer, scriptedModel } from '../../src/testing/scripted-model';
import { virtualClock } from '../../src/testing/virtual-clock';
import type { Fetch } from '../../src/web/fetch';
import { cutting, remoteWorker } from '../fakes/remote-worker';

const EVENTS = { 'content-type': 'text/event-stream', location: '/runs/r1' };
const event = (number: number | string, fact: object) =>
  `id: ${number}\ndata: ${JSON.stringify({ path: ['A'], runId: 'r1', ...fact })}\n\n`;
const start = event(1, { type: 'run-start', task: 'x' });
const answering =
  (...replies: (() => Response)[]): Fetch =>
  async () =>
    (replies.length > 1 ? replies.shift() : replies[0])?.() ?? Response.error();
const streaming = (text: string) => () => new Response(text, { headers: EVENTS });

async function failureOf(fetch: Fetch, options: Partial<RemoteAgentOptions> = {}): Promise<unknown> {
  const agent = new RemoteAgent({ url: 'https://worker.example/app/', maxRetries: 1, retryBaseMs: 0, ...options });
  return agent.run('x', { fetch }).catch((error: unknown) => error);
}

test.each<[string, Fetch, string, string]>([
  [
    'HTML in place of a stream',
    answering(() => new Response('<p>', { headers: { 'content-type': 'text/html' } })),
    'bad_response',
    'answered text/html in place of an event stream. Is `url` the address of an agent worker?',
  ],
  [
    'a page that is not there',
    answering(() => new Response('<h1>Not found</h1>', { status: 404 })),
    'not_found',
    'status 404. Is `url` the address',
  ],
  [
    'no answer at all',
    () => Promise.reject(new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') })),
    'network',
    'RemoteAgent: https://worker.example/app: no connection to https://worker.example',
  ],
  ['a server that fails', answering(() => new Response('down', { status: 503 })), 'server_error', 'status 503: down'],
  [
    'an event that is none',
    answering(streaming(start + event(2, { type: 'step', step: 7 }))),
    'bad_response',
    'told what is no event of an agent: event.step',
  ],
  ['data that is no JSON', answering(streaming('id: 1\ndata: nonsense\n\n')), 'bad_response', 'told what is no event'],
  [
    'an unknown kind of event',
    answering(streaming(event(1, { type: 'party' }))),
    'bad_response',
    'event.type is "party"',
  ],
  [
    'an error of an unknown kind',
    answering(
      streaming(start + event(2, { type: 'run-end', state: 'error', error: { type: 'E', code: 'x', message: 'm' } })),
    ),
    'bad_response',
    'event.error.code',
  ],
  [
    'an event without a number',
    answering(streaming(event('', { type: 'run-start', task: 'x' }))),
    'bad_response',
    'without a number',
  ],
  [
    'no more events, and no end',
    answering(streaming(start), () => new Response(null, { status: 204 })),
    'stream_cut',
    'it has no more events, and none says that the run ended',
  ],
  [
    'a run that is gone',
    answering(streaming(start), () => Response.json({ error: 'There is no such run.' }, { status: 404 })),
    'not_found',
    'status 404: There is no such run.',
  ],
])('%s is said as what it is', async (_, fetch, kind, words) => {
  const error = await failureOf(fetch);

  expect(error).toBeInstanceOf(AgentError);
  expect(error).toMatchObject({ kind, message: expect.stringContaining(words), result: { state: 'error' } });
  expect(String(error)).toContain('RemoteAgent: https://worker.example/app: ');
});

test('outside of a page a worker that cannot be reached is no matter of origins', async () => {
  const error = await failureOf(() => Promise.reject(new TypeError('fetch failed')));

  const message = 'RemoteAgent: https://worker.example/app: no connection to https://worker.example';
  expect(error).toMatchObject({ kind: 'network', message });
});

test('a worker that lets nobody in, an agent that it has not, a task that it does not take: its own words', async () => {
  const { fetch } = remoteWorker({ auth: { token: 'the-right-token' }, limits: { maxTaskCharacters: 10 } });
  const run = (task: string, options: Partial<RemoteAgentOptions>) =>
    new RemoteAgent({ url: 'https://worker.example', ...options }).run(task, { fetch });
  const token = () => 'the-right-token';

  await expect(run('x', {})).rejects.toMatchObject({
    kind: 'auth',
    message: expect.stringMatching(/bearer token is missing or wrong\. Who may .* the option `token`/),
  });
  await expect(run('x', { token, agent: 'nobody' })).rejects.toMatchObject({
    kind: 'not_found',
    message: expect.stringContaining('There is no agent "nobody"; there are visitor.'),
  });
  await expect(run('x'.repeat(11), { token })).rejects.toMatchObject({
    message: expect.stringContaining('longer than 10'),
  });
  expect(await run('x', { token })).toBe('done');
});

test('a worker that has had enough is asked again after the time it names, unless that is too long', async () => {
  const clock = virtualClock();
  const { fetch, asked } = remoteWorker({ limits: { runsPerMinute: 1 }, clock });
  const agent = new RemoteAgent({ url: 'https://worker.example', maxRetryAfterMs: 60_000 });
  await agent.run('x', { fetch, clock });

  const impatient = agent.with({ maxRetryAfterMs: 10_000 }).run('x', { fetch, clock });
  await expect(impatient).rejects.toMatchObject({
    kind: 'rate_limited',
    message: expect.stringContaining('maxRetryAfterMs is 10000'),
  });
  const answer = await agent.run('x', { fetch, clock });

  expect(answer).toBe('done');
  expect(clock.now()).toBeGreaterThan(30_000);
  expect(asked()).toEqual(['POST /runs', 'POST /runs', 'POST /runs', 'POST /runs']);
});

test('a beginning that is lost is not asked for again: a run is dear', async () => {
  let asked = 0;
  const error = await failureOf(async () => {
    asked += 1;
    throw new TypeError('reset');
  });

  expect(error).toMatchObject({ kind: 'network' });
  expect(asked).toBe(1);
});

test('the token is in no error, also where the worker repeats it', async () => {
  const token = 'token-of-this-test';
  const repeating: Fetch = async (input, init) =>
    Response.json({ error: `what is ${new Request(input, init).headers.get('authorization')}?` }, { status: 400 });
  const failing = () => Promise.reject(new Error(`no ${token}`));

  const [said, thrown] = [await failureOf(repeating, { token }), await failureOf(repeating, { token: failing })];

  expect(said).toMatchObject({ kind: 'bad_request', message: expect.stringContaining('what is Bearer __REDACTED__?') });
  expect((said as Error).cause).toBeUndefined();
  expect(thrown).toMatchObject({
    kind: 'auth',
    message: expect.stringContaining('the function given as `token` failed'),
  });
  expect((thrown as Error).message).not.toContain(token);
});

test('what the run there failed with is what the caller gets: its class, kind and words', async () => {
  const model = scriptedModel(failure(new AgentGenerationError('quota of the month', { kind: 'auth' })));
  const { agent, fetch } = remoteWorker({ agents: { visitor: () => new ToolCallingAgent({ model }) } });

  const { events, error } = await collectEvents(agent().stream('x', { fetch }));

  expect(events.at(-1)).toMatchObject({ type: 'run-end', state: 'error' });
  expect(error).toMatchObject({
    ...{ name: 'AgentGenerationError', code: 'generation', kind: 'auth' },
    ...{ message: expect.stringContaining('quota'), result: { state: 'error', steps: { length: 2 } } },
  });
});

test('an answer that cannot even be hung up on is a failure of the run, and of nothing else', async () => {
  const unhandled: unknown[] = [];
  const hear = (reason: unknown) => void unhandled.push(reason);
  const stuck = () => new ReadableStream({ cancel: () => Promise.reject(new Error('it was reset')) });
  process.on('unhandledRejection', hear);

  const error = await failureOf(answering(() => new Response(stuck(), { headers: { 'content-type': 'text/html' } })));
  await new Promise((resolve) => setImmediate(resolve)); // Node tells of it after the promises of this turn
  process.off('unhandledRejection', hear);

  expect(error).toMatchObject({ kind: 'bad_response' });
  expect(unhandled).toEqual([]);
});

test('a redirect is refused: it would take the token elsewhere', async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(String(request.url));
    response.writeHead(307, { location: '/elsewhere' }).end();
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const error = await failureOf(fetch, { url, token: 'x-token' });
  server.close();

  const message = expect.stringContaining(`redirects to ${url}, which is not followed. Is \`url\` the address`);
  expect(error).toMatchObject({ kind: 'bad_response', message });
  expect(asked).toEqual(['/runs']);
});

test.each([
  ['reads on', 'GET'],
  ['ends its run', 'DELETE'],
])('a redirect of the request that %s is not followed either', async (_, method) => {
  const { fetch, agent } = remoteWorker();
  const asked: string[] = [];
  const moved: Fetch = async (input, init) => {
    asked.push(`${init?.method ?? 'GET'} ${init?.redirect}`);
    if ((init?.method ?? 'GET') !== method) return cutting(fetch, 300)(input, init);
    return Object.defineProperty(new Response(), 'type', { value: 'opaqueredirect' }); // as a page has it
  };
  const run = agent().stream('x', { fetch: moved });

  const reading = (async () => {
    for await (const { type } of run) if (type === 'run-start' && method === 'DELETE') run.abort();
  })();
  const error = await reading.catch((reason: unknown) => reason);

  expect(error).toMatchObject(method === 'DELETE' ? { kind: 'aborted' } : { kind: 'bad_response' });
  expect(asked.at(-1)).toBe(`${method} manual`);
});

test('a worker that is silent in the middle is asked again, and in the end given up', async () => {
  const clock = virtualClock();
  const silent = new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode(start)) });
  const replies = [() => new Response(silent, { headers: EVENTS }), () => new Promise<Response>(() => {})];
  const fetch: Fetch = async () => (replies.length > 1 ? replies.shift() : replies[0])?.() ?? Response.error();
  const agent = new RemoteAgent({
    url: 'https://worker.example',
    maxRetries: 1,
    idleTimeoutMs: 1_000,
    requestTimeoutMs: 500,
  });

  const run = agent.run('x', { fetch, clock });

  await expect(run).rejects.toMatchObject({
    kind: 'timeout',
    message: expect.stringContaining('no answer within 500 ms'),
  });
  expect(clock.pending).toBe(0);
});

test.each<[string, unknown, string]>([
  ['no address', {}, 'url is undefined, must be an http'],
  ['a path outside of a page', { url: '/' }, 'url is "/", must be a whole address here'],
  ['a query', { url: 'https://a.example/?key=1' }, 'without query and fragment'],
  ['a user name', { url: 'https://me:word@a.example' }, 'without user name and password'],
  ['an unknown option', { url: 'https://a.example', apiKey: 'x' }, 'has no option `apiKey`'],
  ['an empty token', { url: 'https://a.example', token: '' }, 'token is "", must be'],
  ['a name without a description', { url: 'https://a.example', name: 'a' }, 'it has no description'],
  ['a timeout of nothing', { url: 'https://a.example', idleTimeoutMs: 0 }, 'idleTimeoutMs is 0'],
  ['a header that is none', { url: 'https://a.example', headers: { 'a b': 'c' } }, 'headers'],
  [
    'background as a text',
    { url: 'https://a.example', background: 'yes' },
    'background is "yes", must be true or false',
  ],
  ['retries without end', { url: 'https://a.example', maxRetries: Number.POSITIVE_INFINITY }, 'maxRetries is Infinity'],
])('%s is refused when the agent is made', (_, options, words) => {
  const make = () => new RemoteAgent(options as RemoteAgentOptions);

  expect(make).toThrow(AgentConfigurationError);
  expect(make).toThrow(words);
});

test('what a remote run cannot be given is refused before anything is sent', async () => {
  const { agent, fetch, requests } = remoteWorker();
  const stream = (task: unknown, options: object) => () => agent().stream(task as string, { fetch, ...options });
  expect(stream('  ', {})).toThrow('the task is empty');
  expect(stream('x', { budget: { tokens: 1 } })).toThrow('RemoteAgent: run has no option `budget`');
  expect(stream('x', { maxSteps: -1 })).toThrow('`maxSteps` is -1');
  expect(stream('x', { signal: 'now' })).toThrow('`signal` is "now"');
  expect(stream('x', { additionalArgs: [] })).toThrow('`additionalArgs` is an empty list');
  expect(() => agent().resume(7)).toThrow('the saved run is 7');
  expect(() => agent().resume('../../health')).toThrow('the saved run is "../../health"');
  expect(() => agent().resume({ kind: 'run/1' })).toThrow('the saved run is an object');
  expect(requests).toEqual([]);
});

class Point {
  x = 1;
}

test.each([
  ['a cycle', cyclic(), '.self is a cycle'],
  ['a BigInt', 1n, ' is a bigint'],
  ['a Map', { list: [1, new Map()] }, '.list[1] is a Map'],
  ['a Set', new Set(), ' is a Set'],
  ['a Date', new Date(0), ' is a Date'],
  ['NaN', { n: Number.NaN }, '.n is NaN'],
  ['a function', { f: () => 1 }, '.f is a function'],
  ['a hole', [undefined], '[0] is undefined'],
  ['an instance', new Point(), ' is an object of a class'],
])('%s, which JSON would make another thing of, is refused by its place, and nothing is sent', async (_, v, words) => {
  const { agent, fetch, requests } = remoteWorker();

  const run = agent().run('x', { fetch, additionalArgs: { v } });
  const answered = agent().resume('a-run', { fetch, answers: { c1: { answer: v } } }).result;

  await expect(run).rejects.toThrow(`what is sent must be what JSON can say: additionalArgs.v${words}`);
  await expect(answered).rejects.toThrow(`what JSON can say: c1.answer${words}`);
  expect(requests).toEqual([]);
});

function cyclic(): object {
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  return cycle;
}

test('plain data arrives as it is, keys without a value left out', async () => {
  const { agent, fetch, requests } = remoteWorker();
  const same = { twice: 1 };
  const v = { a: [same, same, null, 'x', 1e300, true], nothing: undefined, bare: Object.create(null) };

  await agent().run('x', { fetch, additionalArgs: { v } });

  const sent = await requests[0]?.json();
  expect(sent.additionalArgs).toEqual({ v: { a: v.a, bare: {} } });
});

test('settings as JSON hold no token and no headers', () => {
  const agent = new RemoteAgent({
    url: 'https://a.example',
    token: 'secret-text',
    headers: { 'x-key': 'secret-text' },
    agent: 'a',
  });

  expect(agent.toJSON()).toEqual({ class: 'RemoteAgent', url: 'https://a.example', agent: 'a' });
});

test('two runs at once of one remote agent do not meet', async () => {
  const { agent, fetch } = remoteWorker({
    agents: { visitor: () => new ToolCallingAgent({ model: scriptedModel(finalAnswer(crypto.randomUUID())) }) },
  });
  const one = agent();

  const answers = await Promise.all(Array.from({ length: 20 }, () => one.run('x', { fetch })));

  expect(new Set(answers).size).toBe(20);
});
