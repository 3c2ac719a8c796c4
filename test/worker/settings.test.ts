import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { AgentConfigurationError } from '../../src/errors';
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
  ['an origin with a path', { auth: { origins: ['https://a.example/'] } }, 'whole origins'],
  ['an origin that is a star', { auth: { origins: ['*'] } }, 'whole origins'],
  ['an unknown limit', { limits: { runsPerHour: 1 } }, '`runsPerHour`'],
  ['a limit of nothing', { limits: { maxTokens: 0 } }, '`limits.maxTokens`'],
  ['a time no timer takes', { limits: { maxRunMs: 2 ** 31 } }, '`limits.maxRunMs`'],
  ['a host that is an address', { web: { onlyHosts: ['https://a.example'] } }, 'host'],
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

test('health tells the version of the package', async () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  const { ask } = asks(hostedWorker({ auth: { token: () => undefined } }));

  const reply = await ask('/health');

  expect(VERSION).toBe(version);
  expect(await reply.json()).toMatchObject({ version });
});
