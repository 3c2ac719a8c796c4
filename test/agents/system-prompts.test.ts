import { expect, test } from 'vitest';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import { finalAnswer, scriptedModel } from '../../src/testing';

test("an app's own system prompt is asked for anew for each run: it may tell the time of day", async () => {
  let asked = 0;
  const model = scriptedModel(finalAnswer(1), finalAnswer(2));
  const agent = new ToolCallingAgent({ model, promptTemplates: { systemPrompt: () => `It is ${++asked} o'clock.` } });

  await agent.run('Go.');
  await agent.run('Go.');

  const told = model.requests.map(({ messages }) => messages[0]?.content);
  expect(told).toEqual(["It is 1 o'clock.", "It is 2 o'clock."]);
});

test('agents made of one another tell of their own tools and words, whichever ran first', async () => {
  const model = scriptedModel(finalAnswer(1), finalAnswer(2), finalAnswer(3));
  const agent = new ToolCallingAgent({ model, instructions: 'Be brief.' });
  const other = agent.with({ instructions: 'Be exact.' });

  for (const each of [agent, other, agent]) await each.run('Go.');

  const told = model.requests.map(({ messages }) => /Be \w+/.exec(String(messages[0]?.content))?.[0]);
  expect(told).toEqual(['Be brief', 'Be exact', 'Be brief']);
  expect(other.systemPrompt).toContain('Be exact');
});

test('a model that spoils what it was asked with spoils no other run', async () => {
  const model = scriptedModel(finalAnswer(1), finalAnswer(2));
  const spoiling = {
    modelId: 'spoiling',
    async *generate(request: Parameters<typeof model.generate>[0]) {
      yield* model.generate(request);
      Object.assign(request, { tools: [], stop: [], toolChoice: 'none' });
    },
  };
  const agent = new ToolCallingAgent({ model: spoiling });

  await agent.run('Go.');
  await agent.run('Go.');

  const [first, second] = model.requests;
  expect(second?.tools).toEqual(first?.tools);
  expect(second?.toolChoice).toBe('required');
});
