import { expect, test } from 'vitest';
import { CodeAgent } from '../../src/agents/code-agent';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import { call, code, finalAnswer, type ScriptEntry, scriptedModel, text } from '../../src/testing';
import { tool } from '../../src/tools/tool';

/** What was paid by a first reply that ends so, and what the model read in its second turn. */
async function paid(kind: 'code' | 'call', finishReason: string) {
  const done: unknown[] = [];
  const inputs = { who: { type: 'string', description: 'Whom.' } } as const;
  const pay = tool({ name: 'pay', description: 'Pays.', inputs, execute: ({ who }) => done.push(who) });
  const open: ScriptEntry = kind === 'code' ? text('<code>\nawait pay("Zoe");\n') : call('pay', 'Zo');
  const model = scriptedModel({ ...open, finishReason }, kind === 'code' ? code('final_answer(1)') : finalAnswer(1));
  const agent = new (kind === 'code' ? CodeAgent : ToolCallingAgent)({ model, tools: [pay] });
  await agent.run('Pay.');
  return { done, told: String(model.requests[1]?.messages.at(-1)?.content) };
}

test.each(
  ['length', 'content_filter', 'abort', 'error', 'insufficient_system_resource', 'MAX_TOKENS', 'model_length'].flatMap(
    (reason) => [['code', reason] as const, ['call', reason] as const],
  ),
)('an open-ended %s is not run where the reply ends with "%s", and the model is told', async (kind, reason) => {
  const { done, told } = await paid(kind, reason);

  expect(done).toEqual([]);
  expect(told).toMatch(/The reply ends inside .*: nothing of it was run\..*was cut off/s);
  expect(told).toContain(`"${reason}"`);
});

test.each(['stop', 'STOP', 'eos_token', 'stop_sequence', 'end_turn', 'tool-calls'])(
  'an open end is how a stop sequence leaves a reply: "%s" runs',
  async (reason) => {
    expect((await paid('code', reason)).done).toEqual(['Zoe']);
    expect((await paid('call', reason)).done).toEqual(['Zo']);
  },
);

test('a reply that was cut off behind its code runs', async () => {
  const model = scriptedModel({ ...code('final_answer(7)'), finishReason: 'length' });

  expect(await new CodeAgent({ model }).run('Go.')).toBe(7);
});
