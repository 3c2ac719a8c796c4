import { expect, test } from 'vitest';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import { call, finalAnswer, scriptedModel } from '../../src/testing';

test('a native call without a name is told to the model as a reply that cannot be read', async () => {
  const model = scriptedModel(call('', { a: 1 }), finalAnswer('done'));

  const result = await new ToolCallingAgent({ model, tools: [] }).run('Go.', { returnFullResult: true });

  expect(result.output).toBe('done');
  expect(String(model.requests[1]?.messages.at(-1)?.content)).toContain('has no name. It must be one of final_answer');
});
