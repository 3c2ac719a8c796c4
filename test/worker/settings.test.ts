import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import { AgentConfigurationError } from '../../src/errors';
import { ENGINE } from '../../src/executors/saved-state';
import { finalAnswer, scriptedModel } from '../../src/testing/scripted-model';
import { VERSION } from '../../src/worker/version';
import type { AgentWorkerOptions } from '../../src/worker/worker-options';
import { asks, hostedWorker } from '../fakes/hosted-worker';

test.each<[string, Record<string, unknown>, string]>([
  ['an unknown option', { agent: {} }, 'no option `agent`'],
  ['no agents', { agents: {} }, '`agents`'],
  ['an agent in place of what makes one', { agents: { a: {} } }, '`agents.a`'],
  ['a model that is none', { model: {} }, '`model`'],
  ['a wish for no auth that is no word', { auth: false }, '`auth`'],
  ['auth that asks for nothing', { auth: {} }, 'a token, origins or an owner'],
  ['an empty token', { auth: { token: '' } }, '`auth.token`'],
  ['a token that no header can hold', { auth: { token: 'two words' } }, '`auth.token`'],
  ['a fetch that is none', { fetch: 5 }, '`fetch` is 5'],
  ['a clock that is none', { clock: 5 }, '`clock` is 5'],
  ['an origin with a path', { auth: { origins: ['https://a.example/'] } }, 'whole origins'],
  ['an origin that is a star', { auth: { origins: ['*'] } }, 'whole origins'],
  ['an unknown limit', { limits: { runsPerHour: 1 } }, '`runsPerHour`'],
  ['a limit of nothing', { limits: { maxTokens: 0 } }, '`limits.maxTokens`'],
  ['a time no timer takes', { limits: { maxRunMs: 2 ** 31 } }, '`limits.maxRunMs`'],
  ['a host that is an address', { web: { onlyHosts: ['https://a.example'] } }, 'host'],
  ['a lookup that is no function', { web: { resolve: 'dns' } }, 'resolve'],
  ['a collector with a password', { traces: { url: 'https://a:b@c.example' } }, '`traces.url`'],
  ['a heartbeat of no time', { runs: { heartbeatMs: 0 } }, '`runs.heartbeatMs`'],
  ['an unknown setting of runs', { runs: { grace: 1 } }, '`grace`'],
])('%s is refused when the worker is made', (_, options, message) => {
  const make = () => hostedWorker(options as Partial<AgentWorkerOptions<object>>);

  expect(make).toThrow(AgentConfigurationError);
  expect(make).toThrow(message);
});

test('a worker whose binding is missing says which', async () => {
  const { start } = asks(hostedWorker({ runs: { binding: 'MY_RUNS' } }));

  const reply = await start({ task: 'x' });

  expect(reply.status).toBe(500);
  expect(await reply.json()).toMatchObject({ detail: expect.stringContaining('`MY_RUNS`') });
});

test('what no route and no static asset has is a problem, unless the assets have a page for it', async () => {
  const { ask } = asks(hostedWorker(), {
    ASSETS: {
      fetch: async ({ url }: Request) => {
        if (url.endsWith('/page')) return new Response('<p>');
        return url.endsWith('/own')
          ? new Response('<p>Not here', { status: 404 })
          : new Response(null, { status: 404 });
      },
    },
  });

  const replies = await Promise.all(['/page', '/own', '/none', '/runs/'].map((path) => ask(path)));

  const seen = await Promise.all(replies.map(async (reply) => [reply.status, (await reply.text()).slice(0, 3)]));
  expect(seen).toEqual([
    [200, '<p>'],
    [404, '<p>'],
    [404, '{"t'],
    [404, '{"t'],
  ]);
});

test('health tells the version of the package', async () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  const { ask } = asks(hostedWorker({ auth: { token: () => undefined } }));

  const reply = await ask('/health');

  expect(VERSION).toBe(version);
  expect(await reply.json()).toMatchObject({ version });
});

test.each<[string, Partial<AgentWorkerOptions<object>>, object]>([
  ['a model and a token', { auth: { token: 'a-secret' } }, { hasModel: true, wantsToken: true }],
  ['no model, and everyone let in', { model: () => undefined }, { hasModel: false, wantsToken: false }],
  [
    'a model that cannot be made',
    { model: () => fail('sk-bad'), auth: undefined },
    { hasModel: false, wantsToken: false },
  ],
])('health tells a stranger of %s, and not a word more', async (_, options, told) => {
  const { ask } = asks(hostedWorker(options));

  const reply = await ask('/health');

  expect(reply.status).toBe(200);
  expect(await reply.json()).toEqual({ ...told, name: 'smolagents-web', version: VERSION, engine: ENGINE });
});

test('where no model is set, agents that ask one say so, and the others work', async () => {
  const own = scriptedModel(finalAnswer('by itself'));
  const { start } = asks(
    hostedWorker({
      model: () => undefined,
      agents: {
        asking: ({ model }) => new ToolCallingAgent({ model }),
        own: () => new ToolCallingAgent({ model: own }),
      },
    }),
  );

  const events = { accept: 'text/event-stream' };
  const asking = await (await start({ agent: 'asking', task: 'x' }, events)).text();
  const able = await (await start({ agent: 'own', task: 'x' }, events)).text();

  expect(asking).toMatch(/"type":"run-end","state":"error".*This worker has no model/);
  expect(able).toMatch(/"output":"by itself"/);
});

function fail(message: string): never {
  throw new Error(message);
}
