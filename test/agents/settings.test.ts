import { expect, test } from 'vitest';
import { CodeAgent } from '../../src/agents/code-agent';
import { ManagedAgent } from '../../src/agents/managed-agent';
import type { CodeAgentOptions } from '../../src/agents/settings';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import { AgentConfigurationError } from '../../src/errors';
import { finalAnswer, scriptedModel } from '../../src/testing';
import { tool } from '../../src/tools/tool';

const model = scriptedModel();
const member = { name: 'member', description: 'Helps.', delegate: () => Promise.reject(new Error('not called')) };
const echo = tool({ name: 'echo', description: 'Echoes.', inputs: {}, execute: () => 1 });
const unnamed = new ToolCallingAgent({ model });

test.each<[string, object, RegExp]>([
  ['no model', {}, /model.*missing/],
  ['a model that is none', { model: 'gpt' }, /no model/],
  ['an unknown option', { model, maxStep: 3 }, /no option `maxStep`, did you mean `maxSteps`\?/],
  ['a negative limit', { model, maxSteps: -1 }, /`maxSteps` is -1.*from 0 on/],
  ['a limit that is no number', { model, planningInterval: 0.5 }, /`planningInterval` is 0.5/],
  ['more time than a sandbox takes', { model, stepTimeoutMs: 2 ** 31 }, /`stepTimeoutMs` is 2147483648.*from 1 to/],
  ['a name that is no identifier', { model, name: 'web searcher' }, /"web searcher".*identifier/],
  ['a tool with the name of a built-in', { model, tools: [{ ...echo, name: 'Map' }] }, /"Map".*meaning/],
  ['a check that is not in a list', { model, finalAnswerChecks: () => true }, /`finalAnswerChecks`.*list/],
  ['a module that is no text', { model, modules: { shapes: 1 } }, /modules\.shapes is 1/],
  ['a tool with the name of a built-in', { model, tools: [{ ...echo, name: 'Map' }] }, /"Map": the name has a meaning/],
  ['two tools of one name', { model, tools: [echo, echo] }, /"echo" is used twice/],
  ['a tool with the agent’s own name', { model, name: 'echo', tools: [echo] }, /"echo" is used twice/],
  ['a managed agent without a name', { model, managedAgents: [unnamed] }, /needs a name and a description/],
  ['a tool that is none', { model, tools: [{ name: 'x' }] }, /x/],
  ['tools that are no list', { model, tools: echo }, /`tools` is an object, must be a list/],
  ['no list of tools', { model, tools: null }, /`tools` is null, must be a list/],
  ['nothing as a tool', { model, tools: [echo, null] }, /tools\[1\] is null, must be a tool/],
  ['a tool left undefined', { model, tools: [undefined] }, /tools\[0\] is undefined, must be a tool/],
  ['a number as a tool', { model, tools: [5] }, /tools\[0\] is 5, must be a tool/],
  ['managed agents that are no list', { model, managedAgents: {} }, /`managedAgents` is an object, must be a list/],
  ['nothing as a managed agent', { model, managedAgents: [null] }, /`managedAgents`\[0\] is null, must be an agent/],
  ['the name of a model', { model: 'gpt-4' }, /`model` is "gpt-4", which is no model; must be an object/],
  ['a limit of null', { model, maxSteps: null }, /`maxSteps` is null, must be a whole number/],
  [
    'a member called class',
    { model, managedAgents: [{ ...member, name: 'class' }] },
    /agent "class": the name is a word/,
  ],
  [
    'a member called await',
    { model, managedAgents: [{ ...member, name: 'await' }] },
    /agent "await": the name is a word/,
  ],
  [
    'a member called as the prototype',
    { model, managedAgents: [{ ...member, name: '__proto__' }] },
    /"__proto__": the/,
  ],
  [
    'a member with a dollar',
    { model, managedAgents: [{ ...member, name: '$a' }] },
    /"\$a": the name must be an identifier/,
  ],
  ['a member with a long name', { model, managedAgents: [{ ...member, name: 'a'.repeat(100) }] }, /at most 64/],
  ['a member described by blanks', { model, managedAgents: [{ ...member, description: ' ' }] }, /description is " "/],
  ['a member called as a built-in', { model, managedAgents: [{ ...member, name: 'Promise' }] }, /"Promise".*meaning/],
  ['prompts that are a text', { model, promptTemplates: 'Be brief.' }, /promptTemplates was given "Be brief."/],
  [
    'an unknown prompt',
    { model, promptTemplates: { system: () => '' } },
    /promptTemplates has no option `system`, did you mean `systemPrompt`\?/,
  ],
  [
    'an unknown prompt of a group',
    { model, promptTemplates: { planning: { first: 'x' } } },
    /promptTemplates.planning has no option `first`/,
  ],
  [
    'a prompt as text',
    { model, promptTemplates: { systemPrompt: 'text' } },
    /`promptTemplates.systemPrompt` is "text", must be a function/,
  ],
  [
    'a prompt that is no text',
    { model, promptTemplates: { planning: { proceed: 1 } } },
    /`promptTemplates.planning.proceed` is 1, must be a text/,
  ],
  ['callbacks that are no list', { model, stepCallbacks: () => {} }, /`stepCallbacks` is a function, must be a list/],
  [
    'a check that is no function',
    { model, finalAnswerChecks: ['x'] },
    /`finalAnswerChecks`\[0\] is "x", must be a function/,
  ],
  ['an executor that opens nothing', { model, executor: {} }, /executor is an object, must be an executor/],
  ['modules that are no object', { model, modules: 'x' }, /modules is "x", must be an object/],
  [
    'module source that is no text',
    { model, modules: { one: () => {} } },
    /modules.one is a function, must be JavaScript/,
  ],
  ['state that is no object', { model, state: new Map() }, /`state` is an object, must be an object of values/],
  ['state with a function', { model, state: { f: () => {} } }, /`state`.f is a function, must be a value/],
  ['state with the name of a tool', { model, tools: [echo], state: { echo: 1 } }, /`state` holds "echo"/],
  ['a switch that is a text', { model, streamOutputs: 'yes' }, /`streamOutputs` is "yes", must be true or false/],
  ['instructions that are no text', { model, instructions: ['x'] }, /`instructions` is a list of 1, must be a text/],
])('%s is refused at construction, by name', (_, options, message) => {
  const make = () => new CodeAgent(options as CodeAgentOptions);

  expect(make).toThrow(AgentConfigurationError);
  expect(make).toThrow(message);
});

test('what is pushed into a list or put into an object after construction changes no agent', () => {
  const lists = { tools: [echo], managedAgents: [member], finalAnswerChecks: [() => true], stepCallbacks: [() => {}] };
  const state: Record<string, unknown> = { a: 1 };
  const agent = new CodeAgent({ model, ...lists, state, name: 'mine', description: 'Works.' });
  const before = JSON.stringify([agent.tools, agent.managedAgents, agent.options]);

  lists.tools.push({ ...echo, name: 'second' });
  lists.managedAgents.push({ ...member, name: 'other' });
  lists.finalAnswerChecks.push(() => false);
  lists.stepCallbacks.push(() => {});
  state.b = 2;

  expect(JSON.stringify([agent.tools, agent.managedAgents, agent.options])).toBe(before);
  expect(agent.options.finalAnswerChecks).toHaveLength(1);
});

test('an option of the other agent class is refused', () => {
  expect(() => new CodeAgent({ model, maxParallelTools: 2 } as CodeAgentOptions)).toThrow(
    /no option `maxParallelTools`/,
  );
});

test('a managed agent needs an agent, a name and a description', () => {
  expect(() => new ManagedAgent({ agent: unnamed, name: 'x', description: '' })).toThrow(/description is ""/);
  expect(() => new ManagedAgent({ agent: model as never, name: 'x', description: 'y' })).toThrow(
    /`agent` is an object, must be an agent/,
  );
  expect(() => Reflect.construct(ManagedAgent, [])).toThrow(/ManagedAgent was given undefined, must be an object/);
});

test('a run refuses what it does not know, and an empty task', async () => {
  const agent = new ToolCallingAgent({ model: scriptedModel(finalAnswer(1)) });

  await expect(agent.run('Hi.', { maxstep: 1 } as never)).rejects.toThrow(/no option `maxstep`/);
  await expect(agent.run('Hi.', { maxSteps: -1 })).rejects.toThrow(/`maxSteps` is -1/);
  await expect(agent.run('Hi.', { additionalArgs: [1] as never })).rejects.toThrow(
    /`additionalArgs` must be an object/,
  );
  await expect(agent.run('  ')).rejects.toThrow(/task is empty/);
  await expect(agent.run({ task: 'Hi.' } as never)).rejects.toThrow(/task is an object, must be a text/);
  await expect(agent.run('Hi.', { signal: new AbortController() as never })).rejects.toThrow(
    /`signal` is an object, must/,
  );
  await expect(agent.run(Object.create(null))).rejects.toThrow('the task is an object, must be a text');
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
