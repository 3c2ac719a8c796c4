import { expect, test } from 'vitest';
import type { RunResult } from '../../src/agents/agent';
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

test('of six equal calls of one reply three run, and the run ends', async () => {
  const { ask, runs } = giving(['pending']);
  const six = calls(...Array.from({ length: 6 }, (): [string, object] => ['ask', {}]));

  const { error, events } = await collectEvents(
    new ToolCallingAgent({ model: scriptedModel(six, finalAnswer(1)), tools: [ask] }).stream('Go.'),
  );

  expect(error).toMatchObject({ kind: 'repeat_limit' });
  expect(runs()).toBe(3);
  expect(JSON.stringify(events)).toContain('ask was not run again: this call gave the same result 3 times');
});

test('equal calls of one reply that give different results all run', async () => {
  const { ask, runs } = giving(['one', 'two', 'three', 'four', 'five', 'six']);
  const six = calls(...Array.from({ length: 6 }, (): [string, object] => ['ask', {}]));

  const answer = await new ToolCallingAgent({ model: scriptedModel(six, finalAnswer(1)), tools: [ask] }).run('Go.');

  expect(answer).toBe(1);
  expect(runs()).toBe(6);
});

test('three equal calls of one reply are told to the model and do not end the run', async () => {
  const { ask } = giving(['pending']);
  const model = scriptedModel(calls(['ask', {}], ['ask', {}], ['ask', {}]), finalAnswer(1));

  const answer = await new ToolCallingAgent({ model, tools: [ask] }).run('Go.');

  expect(answer).toBe(1);
  expect(JSON.stringify(model.requests[1]?.messages)).toContain('gave exactly this in step 1 already');
});

test('the order of the arguments makes no other call', async () => {
  let runs = 0;
  const add = tool({
    name: 'add',
    description: 'Adds.',
    inputs: { a: { type: 'integer', description: 'A.' }, b: { type: 'integer', description: 'B.' } },
    execute: ({ a, b }) => {
      runs += 1;
      return a + b;
    },
  });
  const turns = [1, 2, 3, 4, 5].map((turn) => call('add', turn % 2 ? { a: 1, b: 2 } : { b: 2, a: 1 }));

  const { error } = await collectEvents(
    new ToolCallingAgent({ model: scriptedModel(...turns), tools: [add] }).stream('Go.'),
  );

  expect(error).toMatchObject({ kind: 'repeat_limit' });
  expect(runs).toBe(3);
});

test('a limit of one lets a call, and code, run once', async () => {
  const first = giving(['pending']);
  const second = giving(['pending']);
  const settings = { repeatLimit: 1 };
  const byCalls = new ToolCallingAgent({ ...settings, model: scriptedModel(...asked), tools: [first.ask] });
  const turns = [code('print(await ask())'), code('print(await ask())')];
  const byCode = new CodeAgent({ ...settings, model: scriptedModel(...turns), tools: [second.ask] });

  const errors = [await collectEvents(byCalls.stream('Go.')), await collectEvents(byCode.stream('Go.'))];

  expect(errors.map(({ error }) => error)).toMatchObject([{ kind: 'repeat_limit' }, { kind: 'repeat_limit' }]);
  expect([first.runs(), second.runs()]).toEqual([1, 1]);
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

test('a loop of code makes the same call three times at most, whatever it catches', async () => {
  const { ask, runs } = giving(['pending']);
  const loop = 'for (let i = 0; i < 200; i++) { try { await ask() } catch {} } final_answer("through")';

  const { error } = await collectEvents(
    new CodeAgent({ model: scriptedModel(code(loop)), tools: [ask] }).stream('Go.'),
  );

  expect(error).toMatchObject({ kind: 'repeat_limit' });
  expect(runs()).toBe(3);
});

test('two hundred equal calls that code makes at once run three times', async () => {
  const { ask, runs } = giving(['pending']);
  const all = 'await Promise.allSettled(Array.from({ length: 200 }, () => ask()))';

  const { error } = await collectEvents(new CodeAgent({ model: scriptedModel(code(all)), tools: [ask] }).stream('Go.'));

  expect(error).toMatchObject({ kind: 'repeat_limit' });
  expect(runs()).toBe(3);
});

test('code that asks in a loop until a repeatable tool changes its result is honest', async () => {
  const { ask, runs } = giving([...Array.from({ length: 9 }, () => 'pending'), 'done'], { repeatable: true });
  const loop = 'let state; do { state = await ask(); } while (state !== "done"); final_answer(state);';

  const answer = await new CodeAgent({ model: scriptedModel(code(loop)), tools: [ask] }).run('Go.');

  expect(answer).toBe('done');
  expect(runs()).toBe(10);
});

test('the same code goes on while its calls give something new, printed or not', async () => {
  const { ask } = giving(['20 %', '40 %', '60 %', '80 %', '100 %']);
  const poll = code('const s = await ask(); if (s === "100 %") final_answer(s)');

  const answer = await new CodeAgent({
    model: scriptedModel(poll, poll, poll, poll, poll),
    tools: [ask],
  }).run('Go.');

  expect(answer).toBe('100 %');
});

test('the same code that reads page after page is never stopped', async () => {
  const { ask, runs } = giving(['nothing on this page']);
  const next = code(
    'globalThis.page = (globalThis.page ?? 0) + 1; await ask({ page }); if (page === 6) final_answer(page)',
  );

  const answer = await new CodeAgent({ model: scriptedModel(next, next, next, next, next, next), tools: [ask] }).run(
    'Go.',
  );

  expect(answer).toBe(6);
  expect(runs()).toBe(6);
});

test('calls of code are counted on when the run is resumed', async () => {
  const { ask, runs } = giving(['pending']);
  const pay = tool({ name: 'pay', description: 'Pays.', inputs: {}, needsApproval: true, execute: () => runs() });
  const turns = [1, 2, 3, 4, 5].map((turn) => code(`print(${turn}, await ask()); await pay()`));
  const agent = new CodeAgent({ model: scriptedModel(...turns), tools: [ask, pay] });
  let result: RunResult = await agent.run<RunResult>('Go.', { returnFullResult: true });
  let failure: unknown;

  while (result.state === 'waiting' && !failure) {
    const saved = JSON.parse(JSON.stringify(await result.save()));
    const answers = { [result.waiting[0]?.callId ?? '']: { allow: true as const } };
    await agent.resume(saved, { answers }).result.then(
      (next) => {
        result = next;
      },
      (error: unknown) => {
        failure = error;
      },
    );
  }

  expect(failure).toMatchObject({ kind: 'repeat_limit' });
  expect(runs()).toBe(3);
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

test.each([
  ['of one reply', calls(...Array.from({ length: 6 }, (): [string, object] => ['hang', {}]))],
  ['that code makes at once', code('await Promise.all(Array.from({ length: 6 }, () => hang()))')],
])('an abort ends equal calls %s that wait for each other’s results', async (_, turn) => {
  let runs = 0;
  let begun: () => void = () => {};
  const allBegun = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const hang = tool({
    name: 'hang',
    description: 'Hangs.',
    inputs: {},
    execute: () => {
      runs += 1;
      if (runs === 3) begun();
      return new Promise(() => {});
    },
  });
  const settings = { model: scriptedModel(turn), tools: [hang] };
  const run = (turn.content?.includes('await') ? new CodeAgent(settings) : new ToolCallingAgent(settings)).stream(
    'Go.',
  );
  const ended = run.result.catch((error: unknown) => error);
  await allBegun;

  run.abort('enough');

  expect(await ended).toMatchObject({ kind: 'aborted' });
  expect(runs).toBe(3);
});
