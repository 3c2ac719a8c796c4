import { expect, test } from 'vitest';
import { CodeAgent } from '../../src/agents/code-agent';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import { call, code, finalAnswer, scriptedModel } from '../../src/testing';
import { tool } from '../../src/tools/tool';

/** A `final_answer` that fails each time, and counts its runs. */
function failing() {
  let runs = 0;
  const answer = tool({
    name: 'final_answer',
    description: 'Gives the answer.',
    inputs: { answer: { type: 'any', description: 'The answer.' } },
    execute: () => {
      runs += 1;
      throw new Error('the printer is out of paper');
    },
  });
  return { answer, runs: () => runs };
}

/** A tool that gives the same for any arguments, and counts its runs. */
function same() {
  let runs = 0;
  const look = tool({
    name: 'look',
    description: 'Looks.',
    inputs: {
      q: { type: 'string', description: 'What for.' },
      page: { type: 'integer', description: 'Page.', nullable: true },
    },
    execute: () => {
      runs += 1;
      return 'pending';
    },
  });
  return { look, runs: () => runs };
}

const answers = Array.from({ length: 8 }, () => finalAnswer('x'));
const codes = Array.from({ length: 8 }, (_, index) => code(`const k = ${index}; final_answer('x');`)); // other code each time

test.each([
  ['ToolCallingAgent', ToolCallingAgent, answers],
  ['CodeAgent', CodeAgent, codes],
] as const)('a %s ends when its final_answer tool has failed three times alike', async (_, Agent, replies) => {
  const { answer, runs } = failing();
  const agent = new Agent({ model: scriptedModel(...replies), tools: [answer] });

  const run = agent.run('Go.');

  await expect(run).rejects.toMatchObject({ kind: 'repeat_limit' });
  expect(runs()).toBe(3);
});

test.each([
  ['ToolCallingAgent', ToolCallingAgent, answers],
  ['CodeAgent', CodeAgent, codes],
] as const)(
  'a %s ends when the same answer was refused three times, the model told at the second',
  async (_, Agent, replies) => {
    const model = scriptedModel(...replies);
    const agent = new Agent({ model, finalAnswerChecks: [() => false] });

    const run = agent.run('Go.');

    await expect(run).rejects.toMatchObject({ kind: 'repeat_limit' });
    expect(model.requests).toHaveLength(3);
    expect(JSON.stringify(model.requests[2]?.messages)).toContain('gave exactly this in step 1 already');
  },
);

test('an answer that a check takes after all is the answer, however often it was refused', async () => {
  let asked = 0;
  const check = () => ++asked > 2;

  const answer = await new ToolCallingAgent({ model: scriptedModel(...answers), finalAnswerChecks: [check] }).run(
    'Go.',
  );

  expect(answer).toBe('x');
  expect(asked).toBe(3);
});

test('other answers than the one that was refused may be given', async () => {
  const model = scriptedModel(...[1, 2, 3, 4, 5].map((value) => finalAnswer(value)));

  const answer = await new ToolCallingAgent({ model, finalAnswerChecks: [(value) => value === 5] }).run('Go.');

  expect(answer).toBe(5);
});

test('refused answers count on when the run goes on from its log', async () => {
  const log: unknown[] = [];
  const settings = { finalAnswerChecks: [() => false], maxSteps: 2 };
  const first = new ToolCallingAgent({ ...settings, model: scriptedModel(...answers.slice(0, 2)) });
  await first.run('Go.', { log: (entry) => void log.push(entry) }).catch(() => {});
  const model = scriptedModel(...answers);

  const { result } = new ToolCallingAgent({ ...settings, model }).resume(
    log.filter((entry) => !JSON.stringify(entry).includes('max_steps')).slice(0, -1),
    { maxSteps: 10 },
  );

  await expect(result).rejects.toMatchObject({ kind: 'repeat_limit' });
  expect(model.requests).toHaveLength(1);
});

test.each([
  ['a bare text', [call('look', { q: 'a' }), call('look', 'a'), call('look', '"a"')]],
  ['nothing for what may be left out', [call('look', { q: 'a' }), call('look', { q: 'a', page: null })]],
])('%s is no other call: it counts with the one that it means', async (_, spellings) => {
  const { look, runs } = same();
  const replies = Array.from({ length: 4 }, () => spellings).flat();

  const run = new ToolCallingAgent({ model: scriptedModel(...replies), tools: [look] }).run('Go.');

  await expect(run).rejects.toMatchObject({ kind: 'repeat_limit' });
  expect(runs()).toBe(3);
});

test('code that spells a call in three ways makes it three times', async () => {
  const { look, runs } = same();
  const replies = ['look("a")', 'look({ q: "a", page: undefined })', 'look({ q: "a", page: null })', 'look("a", null)'];

  const run = new CodeAgent({ model: scriptedModel(...replies.map((line) => code(`await ${line}`))), tools: [look] });

  await expect(run.run('Go.')).rejects.toMatchObject({ kind: 'repeat_limit' });
  expect(runs()).toBe(3);
});

test('null is a value where an input must be given', async () => {
  const seen: unknown[] = [];
  const note = tool({
    name: 'note',
    description: 'Notes.',
    inputs: { value: { type: 'any', description: 'What.' } },
    execute: ({ value }) => `noted ${String(seen.push(value))}`,
  });
  const model = scriptedModel(call('note', { value: null }), call('note', { value: 1 }), finalAnswer('ok'));

  await new ToolCallingAgent({ model, tools: [note] }).run('Go.');

  expect(seen).toEqual([null, 1]);
});
