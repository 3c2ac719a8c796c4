import { expect, test } from 'vitest';
import type { RunResult } from '../../src/agents/agent';
import { CodeAgent } from '../../src/agents/code-agent';
import { code, scriptedModel } from '../../src/testing';
import { tool } from '../../src/tools/tool';

test.each([
  ['NaN', Number.NaN],
  ['undefined', null], // what JSON has for it
])('%s as an answer of code is refused once, and taken when the model insists on it', async (value, taken) => {
  const model = scriptedModel(code(`final_answer(${value})`), code(`let again = ${value};\nfinal_answer(again)`));

  const { output, steps, state } = await new CodeAgent({ model }).run<RunResult>('Go.', { returnFullResult: true });

  expect([output, state]).toEqual([taken, 'success']);
  expect(String(model.requests[1]?.messages.at(-1)?.content)).toContain(`The answer is ${value}, which is no answer.`);
  expect(steps).toMatchObject([{ type: 'task' }, { error: { code: 'execution' } }, { finalAnswer: taken }]);
});

test.each(['null', '0', '""', 'Infinity', '[NaN]'])('%s is an answer of code', async (value) => {
  const model = scriptedModel(code(`final_answer(${value})`));

  const answer = await new CodeAgent({ model }).run('Go.');

  expect(answer).toEqual(
    { null: null, 0: 0, '""': '', Infinity: Number.POSITIVE_INFINITY, '[NaN]': [Number.NaN] }[value],
  );
});

test('a final_answer tool of one’s own that takes nothing is called with nothing', async () => {
  const done = tool({ name: 'final_answer', description: 'Ends.', inputs: {}, execute: () => 'done' });
  const model = scriptedModel(code('final_answer()'));

  const answer = await new CodeAgent({ model, tools: [done] }).run('Go.');

  expect(answer).toBe('done');
});

test('several arguments of final_answer reach a tool of one’s own, and the built-in one takes the first', async () => {
  const inputs = {
    place: { type: 'string', description: 'x' },
    degrees: { type: 'number', description: 'x' },
  } as const;
  const report = tool({
    name: 'final_answer',
    description: 'Ends.',
    inputs,
    execute: ({ place, degrees }) => `${place}: ${degrees}`,
  });
  const run = (tools: (typeof report)[]) =>
    new CodeAgent({ model: scriptedModel(code('final_answer("Oslo", 21)')), tools }).run('Go.');

  expect(await run([report])).toBe('Oslo: 21');
  expect(await run([])).toBe('Oslo');
});

test('a call without await right before the answer is said not to have run', async () => {
  let sent = 0;
  const send = tool({ name: 'send', description: 'Sends.', inputs: {}, execute: () => ++sent });
  const agent = new CodeAgent({ model: scriptedModel(code('send(); final_answer(3)')), tools: [send] });

  const { output, steps } = await agent.run<RunResult>('Go.', { returnFullResult: true });

  const note =
    'send was called without await and did not run, since the code gave its answer right behind it. Write await before the call.';
  expect([output, sent]).toEqual([3, 0]);
  expect(steps.at(-1)).toMatchObject({ notes: [note] });
});
