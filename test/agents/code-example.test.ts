import { expect, test } from 'vitest';
import { DELEGATE_INPUTS } from '../../src/agents/calls/delegate-inputs';
import { CODE_TAGS } from '../../src/agents/code/code-tags';
import { codeSystemPrompt } from '../../src/agents/prompts/code-prompt';
import type { PromptFacts } from '../../src/agents/prompts/prompt-subject';
import { tool } from '../../src/tools/tool';

const textTool = (name: string, input: string) =>
  tool({
    name,
    description: 'Gives text.',
    inputs: { [input]: { type: 'string', description: 'What for.' } },
    outputType: 'string',
    execute: () => '',
  });
const facts: PromptFacts = {
  tools: [],
  managedAgents: [],
  instructions: undefined,
  codeBlockTags: CODE_TAGS,
  modules: [],
  structured: false,
};

test('an agent that can search and read pages is shown to search, read, compute and answer, with its own tools', () => {
  const prompt = codeSystemPrompt({ ...facts, tools: [textTool('find', 'query'), textTool('open_page', 'url')] });

  const order = ['await find({ query:', 'await open_page({ url:', 'Math.log(3)', 'final_answer(Math'];
  expect(order.map((part) => prompt.indexOf(part))).toEqual(
    [...order.map((part) => prompt.indexOf(part))].sort((a, b) => a - b),
  );
  expect(order.every((part) => prompt.includes(part))).toBe(true);
  expect(prompt).not.toContain('web_search');
  expect(prompt).toContain('I must not guess it');
});

test('a manager is shown to ask its team member for the figure that the task does not give', () => {
  const prompt = codeSystemPrompt({
    ...facts,
    managedAgents: [{ name: 'scout', description: 'Searches.', inputs: DELEGATE_INPUTS }],
  });

  expect(prompt).toContain('await scout({ task: "By how many percent');
  expect(prompt).toContain('come from scout: ask it in your first step');
});

test('an agent that cannot look anything up is shown arithmetic and a call of its own first tool', () => {
  const weigh = tool({
    name: 'weigh',
    description: 'Weighs.',
    inputs: { item: { type: 'integer', description: 'Which.' } },
    execute: () => 1,
  });

  const prompt = codeSystemPrompt({ ...facts, tools: [weigh] });

  expect(prompt).toContain('await weigh({ item: 1 })');
  expect(prompt).not.toContain('Norland');
});

test('agents with other tools have the same beginning, so that a server can keep it', () => {
  const [first, second] = [textTool('find', 'query'), textTool('weigh', 'item')].map((one) =>
    codeSystemPrompt({ ...facts, tools: [one] }),
  );

  const shared = [...(first ?? '')].findIndex((character, index) => character !== second?.[index]);
  expect(shared).toBeGreaterThan(first?.indexOf('You can call these functions') ?? 0);
});
