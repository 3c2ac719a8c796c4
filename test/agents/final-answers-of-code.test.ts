import { expect, test } from 'vitest';
import { CodeAgent } from '../../src/agents/code-agent';
import { code, scriptedModel } from '../../src/testing';
import { tool } from '../../src/tools/tool';

test('undefined that the model insists on ends the run as null, as NaN does as itself', async () => {
  const model = scriptedModel(code('final_answer(undefined)'), code('let nothing;\nfinal_answer(nothing)'));

  const answer = await new CodeAgent({ model }).run('Go.');

  expect(answer).toBeNull();
  expect(String(model.requests[1]?.messages.at(-1)?.content)).toContain('The answer is undefined');
});

test('a final_answer tool of one’s own that takes nothing is called with nothing', async () => {
  const done = tool({ name: 'final_answer', description: 'Ends.', inputs: {}, execute: () => 'done' });
  const model = scriptedModel(code('final_answer()'));

  const answer = await new CodeAgent({ model, tools: [done] }).run('Go.');

  expect(answer).toBe('done');
});
