import { expect, test } from 'vitest';
import type { AgentEvent, LogRecord } from '../../src/agents/agent';
import { agentFromJSON } from '../../src/agents/agent-json';
import { CodeAgent } from '../../src/agents/code-agent';
import { RemoteAgent } from '../../src/agents/remote-agent';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import { AgentConfigurationError } from '../../src/errors';
import { collectEvents } from '../../src/testing/collect-events';
import { call, code, finalAnswer, scriptedModel } from '../../src/testing/scripted-model';
import { remoteWorker } from '../fakes/remote-worker';
import { addOne } from '../fakes/small-tools';

const usage = { inputTokens: 10, outputTokens: 2 };
const adder = () =>
  new ToolCallingAgent({
    model: scriptedModel(
      { ...call('add_one', { a: 1 }, 'a1'), usage },
      { ...call('add_one', { a: 2 }, 'a2'), usage },
      { ...finalAnswer(3), usage },
    ),
    tools: [addOne],
  });

/** A manager in code that asks a remote agent once, made anew for each life of its run. */
function managed() {
  const remote = remoteWorker({ agents: { adder } });
  const helper = remote.agent({ name: 'helper', description: 'Adds.' });
  const lines = [code("console.log(await helper('Add.'))"), code("final_answer('done')")];
  const manager = (replies: typeof lines) => {
    const model = scriptedModel(...replies);
    return { model, agent: new CodeAgent({ model, managedAgents: [helper] }) };
  };
  const begun = () => remote.asked().filter((each) => each === 'POST /runs').length;
  return { ...remote, manager, lines, begun };
}

const own = (events: readonly AgentEvent[]) =>
  events
    .filter(({ path }) => path.length > 1)
    .map((event) => `${event.type} ${'step' in event ? JSON.stringify(event.step) : ''}`);

test('a manager that was cut off at any place finds the run of its remote agent again, and reads on from its last event', async () => {
  const { manager, lines, fetch, begun } = managed();
  const log: LogRecord[] = [];
  const whole = await collectEvents(
    manager(lines).agent.stream('Ask.', { fetch, log: (entry) => void log.push(entry) }),
  );
  const reported = log.findIndex(({ type }) => type === 'result');
  const found = log.flatMap((entry, index) =>
    entry.type === 'remote' && 'runId' in entry && index < reported
      ? [{ length: index + 1, lastEvent: Number(entry.lastEvent) }]
      : [],
  );

  for (const { length, lastEvent } of found) {
    const { agent, model } = manager(lines.slice(1));
    const cut = JSON.parse(JSON.stringify(log.slice(0, length)));
    const { events, result } = await collectEvents(agent.resume(cut, { fetch }));

    expect(own(events)).toEqual(own(whole.events).slice(lastEvent - 1)); // the first of all, `run-start`, is not handed on
    expect(result).toMatchObject({
      output: 'done',
      inclusiveUsage: whole.result?.inclusiveUsage,
      spent: { steps: 5, toolCalls: 3 },
    });
    expect(JSON.stringify(model.requests[0]?.messages.at(-1))).toContain('Report of helper:');
  }
  expect(found.length).toBeGreaterThan(6);
  expect(begun()).toBe(1);
});

test('where it is not known whether a run was begun, none is begun again: the model is told', async () => {
  const { manager, lines, fetch, begun } = managed();
  const log: LogRecord[] = [];
  await manager(lines).agent.run('Ask.', { fetch, log: (entry) => void log.push(entry) });
  const asked = log.findIndex(({ type }) => type === 'remote');

  const { agent, model } = manager(lines.slice(1));
  await agent.resume(log.slice(0, asked + 1), { fetch }).result;

  expect(log[asked]).not.toHaveProperty('runId');
  expect(begun()).toBe(1);
  expect(JSON.stringify(model.requests[0]?.messages.at(-1))).toContain('helper was interrupted');
});

test('a call that was cut off before anything was asked begins the run', async () => {
  const { manager, lines, fetch, begun } = managed();
  const log: LogRecord[] = [];
  await manager(lines).agent.run('Ask.', { fetch, log: (entry) => void log.push(entry) });
  const asked = log.findIndex(({ type }) => type === 'remote');

  const result = await manager(lines.slice(1)).agent.resume(log.slice(0, asked), { fetch }).result;

  expect(result.output).toBe('done');
  expect(begun()).toBe(2);
});

test.each(['../../admin', '', 7])(
  'the id %j in a saved log is refused: it would become part of an address',
  async (runId) => {
    const { manager, lines, fetch } = managed();
    const log: LogRecord[] = [];
    await manager(lines).agent.run('Ask.', { fetch, log: (entry) => void log.push(entry) });
    const forged = log.map((entry) => (entry.type === 'remote' ? { ...entry, runId } : entry));

    const resumed = manager(lines).agent.resume(forged, { fetch }).result;

    await expect(resumed).rejects.toThrow(AgentConfigurationError);
  },
);

test('a run that was removed in the worker meanwhile is told as a failure of the managed agent', async () => {
  const { manager, lines, fetch } = managed();
  const log: LogRecord[] = [];
  await manager(lines).agent.run('Ask.', { fetch, log: (entry) => void log.push(entry) });
  const noted = log.findIndex(({ type, ...entry }) => type === 'remote' && 'runId' in entry);
  const gone = log
    .slice(0, noted + 1)
    .map((entry) => ('lastEvent' in entry ? { ...entry, runId: crypto.randomUUID() } : entry));

  const { agent, model } = manager(lines.slice(1));
  await agent.resume(gone, { fetch }).result;

  expect(JSON.stringify(model.requests[0]?.messages.at(-1))).toMatch(/helper failed|not_found|no such run/);
});

const settings = {
  url: 'https://worker.example',
  agent: 'adder',
  name: 'helper',
  description: 'Adds.',
  background: true,
};
const secret = { token: 'a-secret-token', headers: { 'x-key': 'another-secret' } };

test('an agent with a remote member is saved without its token, and made again with the one that the registry gives', () => {
  const model = scriptedModel();
  const team = [new RemoteAgent({ ...settings, ...secret, maxRetries: 2 })];
  const saved = JSON.parse(JSON.stringify(new CodeAgent({ model, managedAgents: team }).toJSON()));
  const asked: unknown[] = [];
  const remote = (json: unknown) => {
    asked.push(json);
    return secret;
  };

  const agent = agentFromJSON(saved, { tools: [], model: () => model, remote });

  expect(JSON.stringify(saved)).not.toContain('secret');
  expect(agent.toJSON()).toEqual(saved);
  expect(agent.managedAgents[0]).toMatchObject({ options: { ...settings, ...secret, maxRetries: 2 } });
  expect(asked).toEqual([{ class: 'RemoteAgent', ...settings, maxRetries: 2 }]);
});

test.each<[object, RegExp]>([
  [{ url: 'ftp://worker.example' }, /url is "ftp/],
  [{ url: 7 }, /managedAgents\[0\].url is 7/],
  [{ token: 'x' }, /managedAgents\[0\].*token/],
  [{ background: 'yes' }, /managedAgents\[0\].background is "yes"/],
])('a saved remote member with %j is refused', (change, message) => {
  const model = scriptedModel();
  const saved = new CodeAgent({ model, managedAgents: [new RemoteAgent(settings)] }).toJSON();
  const changed = { ...saved, managedAgents: [{ class: 'RemoteAgent', ...settings, ...change }] };

  const read = () => agentFromJSON(changed, { tools: [], model: () => model });

  expect(read).toThrow(AgentConfigurationError);
  expect(read).toThrow(message);
});
