import { expect, test } from 'vitest';
import { agentFromJSON } from '../../src/agents/agent-json';
import { CodeAgent } from '../../src/agents/code-agent';
import { AgentConfigurationError } from '../../src/errors';
import { scriptedModel } from '../../src/testing';

const model = scriptedModel();
const saved = new CodeAgent({ model, state: { at: new Date(0) }, modules: { one: 'export default 1' } }).toJSON();
const registry = { tools: [], model: () => model };

test('a saved agent is made again with its state and modules', () => {
  const agent = agentFromJSON(JSON.parse(JSON.stringify(saved)), registry);

  expect(agent.toJSON()).toEqual(saved);
});

test.each<[object, RegExp]>([
  [{ modules: 'x' }, /agent.modules is "x", must be an object/],
  [{ modules: { one: 1 } }, /agent.modules.one is 1, must be a text/],
  [{ state: [1] }, /agent.state is \[1\], must be an object/],
  [{ state: 'x' }, /agent.state is "x", must be an object/],
  [{ model: 'gpt-4' }, /agent.model is "gpt-4", must be an object/],
  [{ model: {} }, /agent.model.modelId is absent, must be a text/],
])('the saved setting %j is refused by its place', (change, message) => {
  const read = () => agentFromJSON({ ...saved, ...change }, registry);

  expect(read).toThrow(AgentConfigurationError);
  expect(read).toThrow(message);
});

test.each([undefined, null, {}, { tools: [], model: 'gpt-4' }])('the registry %j is refused', (given) => {
  const read = () => Reflect.apply(agentFromJSON, undefined, [saved, given]);

  expect(read).toThrow(AgentConfigurationError);
  expect(read).toThrow(/agentFromJSON: the registry is (undefined|null|an object), must be \{ tools: a list/);
});

test('a registry with something else than a tool is refused by its place', () => {
  const read = () => Reflect.apply(agentFromJSON, undefined, [saved, { tools: [null], model: () => model }]);

  expect(read).toThrow("agentFromJSON: the registry's tools[0] is null, must be a tool");
});
