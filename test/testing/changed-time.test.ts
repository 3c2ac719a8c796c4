import { expect, test } from 'vitest';
import { CodeAgent } from '../../src/agents/code-agent';
import { ManagedAgent } from '../../src/agents/managed-agent';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import type { Model } from '../../src/models/model';
import { collectEvents } from '../../src/testing/collect-events';
import { recordRun } from '../../src/testing/record-run';
import { type RunFile, readRunFile, writeRunFile } from '../../src/testing/recording';
import { replayRun } from '../../src/testing/replay-run';
import {
  call,
  calls,
  code,
  finalAnswer,
  type ScriptEntry,
  scriptedModel,
  text,
} from '../../src/testing/scripted-model';
import { type ToolHandle, tool } from '../../src/tools/tool';

type Work = (handle: ToolHandle, q: string) => Promise<unknown> | unknown;

/** A tool that looks at the clock once and waits once. */
const usual: Work = async ({ clock, signal }, q) => {
  clock.now();
  await clock.sleep(2, signal);
  return q;
};
const looker = (work: Work, description = 'Looks.') =>
  tool({
    name: 'look',
    description,
    inputs: { q: { type: 'string', description: 'What.' } },
    execute: ({ q }, handle) => work(handle, q),
  });
const other = tool({ name: 'other', description: 'Another.', inputs: {}, execute: () => 1 });
const SCRIPT = [
  calls(['look', { q: 'a' }, 'a'], ['look', { q: 'b' }, 'b']),
  call('look', { q: 'c' }, 'c'),
  finalAnswer('ok'),
];
const agentOf = (options: object = {}, script: ScriptEntry[] = SCRIPT) =>
  new ToolCallingAgent({ model: scriptedModel(...script), tools: [looker(usual), other], ...options });
const throughJson = (file: RunFile) => readRunFile(JSON.parse(JSON.stringify(writeRunFile(file))));

async function departure(agent: ToolCallingAgent | CodeAgent, file: RunFile): Promise<string> {
  const { error } = await collectEvents(replayRun(agent, file));
  return String(error);
}

test.each<[string, object, string]>([
  ['lists its tools in another order', { tools: [other, looker(usual)] }, 'model request 1 (3 are recorded): part'],
  [
    'describes a tool otherwise',
    { tools: [looker(usual, 'Looks up.'), other] },
    'model request 1 (3 are recorded): part',
  ],
  ['has another prompt', { instructions: 'Be brief.' }, 'part 1 is "system'],
  ['makes a plan', { planningInterval: 1 }, 'model request 1 (3 are recorded): part 1 is "user'],
  ['streams', { streamOutputs: true }, 'is "stream'],
  ['may make one step less', { maxSteps: 1 }, 'model request 2 (3 are recorded): part'],
  ['ends one step before', { budget: { steps: 2 } }, '1 of 3 recorded model requests were not made'],
  [
    'refuses its answer, and makes one step more',
    { finalAnswerChecks: [() => false], maxSteps: 4 },
    'model request 4 (3 are recorded): the recording holds no further request',
  ],
  [
    'has a tool that reads the clock once more',
    { tools: [looker((handle, q) => usual(handle, `${q}${handle.clock.now() ? '' : '!'}`)), other] },
    'the call a read the clock more often than is recorded',
  ],
  [
    'has a tool that does not read the clock',
    { tools: [looker(({ clock, signal }, q) => clock.sleep(2, signal).then(() => q)), other] },
    'the call a read the clock less often than is recorded',
  ],
  [
    'has a tool that does not wait',
    { tools: [looker(({ clock }, q) => (clock.now() ? q : '')), other] },
    'the call a did not wait for 2 ms, which is recorded',
  ],
  [
    'has a tool that waits once more',
    { tools: [looker((handle, q) => handle.clock.sleep(2).then(() => usual(handle, q))), other] },
    'it waits for 2 ms once more than is recorded',
  ],
])('a program that %s is told so', async (_, options, words) => {
  const file = throughJson(await recordRun(agentOf(), 'Go.'));

  const same = await departure(agentOf(), file);
  const changed = await departure(agentOf(options), file);

  expect(same).toBe('undefined');
  expect(changed).toContain('departs from the recording');
  expect(changed).toContain(words);
});

test('a program that draws an id more is told so', async () => {
  const noIds = (id: string): Model => ({
    modelId: 'scripted',
    async *generate() {
      const toolCalls = [{ id, name: 'final_answer', arguments: '{"answer":1}' }];
      yield { type: 'reply', reply: { content: null, toolCalls } };
    },
  });
  const file = throughJson(await recordRun(agentOf({ model: noIds('') }), 'Go.'));

  const fewer = await departure(agentOf(), { ...file, ids: file.ids.slice(0, 1), idsBy: [''] });

  expect(file.ids).toHaveLength(2);
  expect(fewer).toContain('the run itself asks for an id once more than is recorded');
});

test('an event that is told otherwise is told by its number, where no request hangs on it', async () => {
  const agent = (said: string) =>
    new CodeAgent({
      model: scriptedModel(code('console.log(await look("a")); final_answer(1)')),
      tools: [tool({ ...looker(() => 'seen'), execute: () => 'seen' })],
      finalAnswerChecks: [() => said === 'yes'],
      maxSteps: 1,
    });
  const file = throughJson(await recordRun(agent('yes'), 'Go.'));
  const events = file.events.map((event) => (event.type === 'code-output' ? { ...event, logs: 'unseen\n' } : event));

  const changed = await departure(agent('yes'), { ...file, events });

  expect(changed).toMatch(/event 5 is .*seen.*, recorded as .*unseen/s);
});

test('of two agents that work at once, the request that differs is compared with one of the same agent', async () => {
  const team = (instructions: string) => {
    const member = (name: string, more: object) =>
      new ManagedAgent({
        agent: new ToolCallingAgent({ model: scriptedModel(text('hm'), finalAnswer(name)), tools: [], ...more }),
        name,
        description: 'Helps.',
      });
    return new ToolCallingAgent({
      model: scriptedModel(calls(['one', { task: 'x' }, 'a'], ['two', { task: 'y' }, 'b']), finalAnswer('ok')),
      managedAgents: [member('one', {}), member('two', { instructions })],
    });
  };
  const file = throughJson(await recordRun(team('Be kind.'), 'Go.'));

  const changed = await departure(team('Be brief.'), file);

  expect(changed).toMatch(/of the call b: part 1 is "system \w+", recorded as "system/);
});
