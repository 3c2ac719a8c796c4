import { expect, test } from 'vitest';
import { CodeAgent } from '../../src/agents/code-agent';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import { call, calls, code, collectEvents, finalAnswer, scriptedModel } from '../../src/testing';
import { tool } from '../../src/tools/tool';

/** A tool that gives its results in order, the last one for ever, and counts its runs. */
function giving(results: readonly (string | Error)[], settings: { repeatable?: boolean } = {}) {
  let runs = 0;
  const ask = tool({
    name: 'ask',
    description: 'Asks.',
    inputs: { page: { type: 'integer', description: 'Page.', nullable: true } },
    execute: () => {
      const result = results[Math.min(runs, results.length - 1)] ?? '';
      runs += 1;
      if (result instanceof Error) throw result;
      return result;
    },
    ...settings,
  });
  return { ask, runs: () => runs };
}
const asked = Array.from({ length: 6 }, () => call('ask', {}));

test('a call with the same result is made three times, the second with a nudge, and then the run ends', async () => {
  const { ask, runs } = giving(['pending']);
  const model = scriptedModel(...asked);

  const { events, error } = await collectEvents(new ToolCallingAgent({ model, tools: [ask] }).stream('Go.'));

  expect(error).toMatchObject({ code: 'agent', kind: 'repeat_limit', result: { state: 'error' } });
  expect(runs()).toBe(3);
  expect(JSON.stringify(model.requests[1]?.messages)).not.toContain('already');
  expect(JSON.stringify(model.requests[2]?.messages)).toContain('this call of ask gave exactly this in step 1 already');
  expect(events.filter(({ type }) => type === 'step')).toHaveLength(3);
});

test('a result that changed restarts the count', async () => {
  const { ask, runs } = giving(['one', 'one', 'two', 'two', 'one', 'one']);
  const model = scriptedModel(...asked, finalAnswer(1));

  const answer = await new ToolCallingAgent({ model, tools: [ask] }).run('Go.');

  expect(answer).toBe(1);
  expect(runs()).toBe(6);
});

test('calls of one step that are alike count once', async () => {
  const { ask, runs } = giving(['pending']);
  const four = calls(['ask', {}], ['ask', {}], ['ask', {}], ['ask', {}]);

  const answer = await new ToolCallingAgent({ model: scriptedModel(four, finalAnswer(1)), tools: [ask] }).run('Go.');

  expect(answer).toBe(1);
  expect(runs()).toBe(4);
});

test('a call that fails in the same way is a repetition, one that fails in another way is not', async () => {
  const same = giving([new Error('busy')]);
  const other = giving([1, 2, 3, 4, 5, 6].map((number) => new Error(`busy ${number}`)));
  const agent = (ask: typeof same.ask) =>
    new ToolCallingAgent({ model: scriptedModel(...asked, finalAnswer(1)), tools: [ask] });

  const stopped = await collectEvents(agent(same.ask).stream('Go.'));
  const answer = await agent(other.ask).run('Go.');

  expect(stopped.error).toMatchObject({ kind: 'repeat_limit' });
  expect([same.runs(), other.runs()]).toEqual([3, 6]);
  expect(answer).toBe(1);
});

test('polling by a tool marked repeatable, and paging, are never stopped', async () => {
  const polling = giving(['pending'], { repeatable: true });
  const paging = giving(['nothing on this page']);
  const pages = [1, 2, 3, 4, 5, 6].map((page) => call('ask', { page }));

  const polled = await new ToolCallingAgent({
    model: scriptedModel(...asked, finalAnswer('polled')),
    tools: [polling.ask],
  }).run('Go.');
  const paged = await new ToolCallingAgent({
    model: scriptedModel(...pages, finalAnswer('paged')),
    tools: [paging.ask],
  }).run('Go.');

  expect([polled, paged]).toEqual(['polled', 'paged']);
  expect([polling.runs(), paging.runs()]).toEqual([6, 6]);
});

test('the same call is the same in other code, and gets its nudge there', async () => {
  const { ask, runs } = giving(['pending']);
  const model = scriptedModel(...[1, 2, 3, 4].map((turn) => code(`print(${turn}, await ask());`)));

  const { error } = await collectEvents(new CodeAgent({ model, tools: [ask] }).stream('Go.'));

  expect(error).toMatchObject({ kind: 'repeat_limit' });
  expect(runs()).toBe(3);
  expect(JSON.stringify(model.requests[2]?.messages)).toContain('this call of ask gave exactly this in step 1 already');
});

test('code that asks until the result changes is one step, whose last result counts', async () => {
  const { ask, runs } = giving([...Array.from({ length: 9 }, () => 'pending'), 'done']);
  const loop = 'let state; do { state = await ask(); } while (state !== "done"); final_answer(state);';

  const answer = await new CodeAgent({ model: scriptedModel(code(loop)), tools: [ask] }).run('Go.');

  expect(answer).toBe('done');
  expect(runs()).toBe(10);
});

test('code that polls by a repeatable tool is never stopped, also when it is the same code', async () => {
  const { ask, runs } = giving(['pending'], { repeatable: true });
  const polls = Array.from({ length: 6 }, () => code('print(await ask());'));

  const answer = await new CodeAgent({
    model: scriptedModel(...polls, code('final_answer("late")')),
    tools: [ask],
  }).run('Go.');

  expect(answer).toBe('late');
  expect(runs()).toBe(6);
});

test('arguments that JSON cannot say are told apart', async () => {
  const any = tool({
    name: 'any',
    description: 'Takes anything.',
    inputs: { value: { type: 'any', description: 'Anything.' } },
    execute: () => 'the same',
  });
  const turns = ['1n', '2n', 'new Map([[1, 2]])', 'new Map([[1, 3]])', 'NaN', 'undefined ?? null'];
  const model = scriptedModel(
    ...turns.map((value) => code(`await any({ value: ${value} }); 0`)),
    code('final_answer(1)'),
  );

  const answer = await new CodeAgent({ model, tools: [any] }).run('Go.');

  expect(answer).toBe(1);
});
