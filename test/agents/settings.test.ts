import { expect, test } from 'vitest';
import { CodeAgent } from '../../src/agents/code-agent';
import { ManagedAgent } from '../../src/agents/managed-agent';
import type { CodeAgentOptions } from '../../src/agents/settings';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import { AgentConfigurationError } from '../../src/errors';
import { finalAnswer, scriptedModel } from '../../src/testing';
import { tool } from '../../src/tools/tool';

const model = scriptedModel();
const echo = tool({ name: 'echo', description: 'Echoes.', inputs: {}, execute: () => 1 });
const unnamed = new ToolCallingAgent({ model });

test.each<[string, object, RegExp]>([
  ['no model', {}, /model.*missing/],
  ['a model that is none', { model: 'gpt' }, /no model/],
  ['an unknown option', { model, maxStep: 3 }, /no option `maxStep`; its options are .*maxSteps/],
  ['a negative limit', { model, maxSteps: -1 }, /`maxSteps` is -1.*0 or more/],
  ['a limit that is no number', { model, planningInterval: 0.5 }, /`planningInterval` is 0.5/],
  ['more time than a sandbox takes', { model, stepTimeoutMs: 2 ** 31 }, /`stepTimeoutMs` is 2147483648.*from 1 to/],
  ['a name that is no identifier', { model, name: 'web searcher' }, /"web searcher".*identifier/],
  ['a tool with the name of a built-in', { model, tools: [{ ...echo, name: 'Map' }] }, /"Map" has a meaning/],
  ['a check that is not in a list', { model, finalAnswerChecks: () => true }, /`finalAnswerChecks` must be a list/],
  ['a module that is no text', { model, modules: { shapes: 1 } }, /`modules` must be an object/],
  ['two tools of one name', { model, tools: [echo, echo] }, /"echo" is used twice/],
  ['a tool with the agent’s own name', { model, name: 'echo', tools: [echo] }, /"echo" is used twice/],
  ['a managed agent without a name', { model, managedAgents: [unnamed] }, /needs a name and a description/],
  ['a tool that is none', { model, tools: [{ name: 'x' }] }, /x/],
  ['tools that are no list', { model, tools: echo }, /must be a list/],
])('%s is refused at construction, by name', (_, options, message) => {
  const make = () => new CodeAgent(options as CodeAgentOptions);

  expect(make).toThrow(AgentConfigurationError);
  expect(make).toThrow(message);
});

test('an option of the other agent class is refused', () => {
  expect(() => new CodeAgent({ model, maxParallelTools: 2 } as CodeAgentOptions)).toThrow(
    /no option `maxParallelTools`/,
  );
});

test('a managed agent needs an agent, a name and a description', () => {
  expect(() => new ManagedAgent({ agent: unnamed, name: 'x', description: '' })).toThrow(/`description` is ""/);
  expect(() => new ManagedAgent({ agent: model as never, name: 'x', description: 'y' })).toThrow(/no agent/);
});

test('a run refuses what it does not know, and an empty task', async () => {
  const agent = new ToolCallingAgent({ model: scriptedModel(finalAnswer(1)) });

  await expect(agent.run('Hi.', { maxstep: 1 } as never)).rejects.toThrow(/no option `maxstep`/);
  await expect(agent.run('Hi.', { maxSteps: -1 })).rejects.toThrow(/`maxSteps` is -1/);
  await expect(agent.run('Hi.', { additionalArgs: [1] as never })).rejects.toThrow(
    /`additionalArgs` must be an object/,
  );
  await expect(agent.run('  ')).rejects.toThrow(/task is empty/);
  await expect(agent.run('Hi.', { images: [7 as never] })).rejects.toThrow(/images\[0\]/);
});

test('base tools are added where they are not given', () => {
  const names = new ToolCallingAgent({ model, addBaseTools: true }).tools.map(({ name }) => name);

  expect(names).toEqual(['web_search', 'visit_webpage', 'javascript_interpreter', 'final_answer']);
  expect(new CodeAgent({ model, addBaseTools: true }).tools.map(({ name }) => name)).not.toContain(
    'javascript_interpreter',
  );
});

test('visualize shows the agent, its tools and its team', () => {
  const member = new ToolCallingAgent({ model, name: 'searcher', description: 'Searches.', tools: [echo] });

  expect(new CodeAgent({ model, managedAgents: [member] }).visualize()).toBe(
    `CodeAgent (CodeAgent, scripted)\n  tool final_answer(answer): ${new CodeAgent({ model }).tools[0]?.description}\n  searcher (ToolCallingAgent, scripted)\n    Searches.\n    tool echo(): Echoes.\n    tool final_answer(answer): ${new CodeAgent({ model }).tools[0]?.description}`,
  );
});

test('a result that is gone on from without a task, or from another memory, rejects and does not throw', async () => {
  const result = await new ToolCallingAgent({ model: scriptedModel(finalAnswer(1)) }).run('Hi.', {
    returnFullResult: true,
  });

  const going = result.continue('');
  const elsewhere = result.continue('Hi.', { memory: result.memory });

  await expect(going).rejects.toThrow(/task is empty/);
  await expect(elsewhere).rejects.toThrow(/`continue` goes on from its own result/);
});
