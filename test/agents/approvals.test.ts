import { describe, expect, test } from 'vitest';
import type { AgentError } from '../../src/errors';
import {
  type AgentEvent,
  type AnyTool,
  CodeAgent,
  type HumanAnswers,
  ManagedAgent,
  type RunResult,
  ToolCallingAgent,
  tool,
  UserInputTool,
} from '../../src/index';
import { call, calls, code, finalAnswer, type ScriptEntry, scriptedModel } from '../../src/testing/scripted-model';

const full = { returnFullResult: true } as const;

/** `pay` needs a human's word above 5; `look` does not. Both say what they did into `done`. */
function tools() {
  const done: string[] = [];
  const input = { n: { type: 'number', description: 'How much.' } } as const;
  const pay = tool({
    name: 'pay',
    description: 'Pays.',
    inputs: input,
    needsApproval: ({ n }) => Number(n) > 5,
    execute: ({ n }) => {
      done.push(`pay ${n}`);
      return `paid ${n}`;
    },
  });
  const look = tool({
    name: 'look',
    description: 'Looks.',
    inputs: input,
    execute: ({ n }) => {
      done.push(`look ${n}`);
      return `saw ${n}`;
    },
  });
  return { done, all: [pay, look, new UserInputTool()] as readonly AnyTool[] };
}

/** What another process would get. */
async function overTheWire(result: RunResult): Promise<unknown> {
  return JSON.parse(JSON.stringify(await result.save()));
}

const makers = {
  calls: (script: ScriptEntry[], all: readonly AnyTool[]) =>
    new ToolCallingAgent({ model: scriptedModel(...script), tools: all }),
  code: (script: ScriptEntry[], all: readonly AnyTool[]) =>
    new CodeAgent({ model: scriptedModel(...script), tools: all }),
};
const scripts = {
  calls: {
    first: [calls(['look', { n: 1 }, 'l'], ['pay', { n: 9 }, 'p'], ['user_input', { question: 'Why?' }, 'u'])],
    last: [finalAnswer('end')],
    ids: { pay: 'p', ask: 'u' },
  },
  code: {
    first: [
      code(
        "const told = [Math.random()]; told.push(await look(1)); const both = await Promise.allSettled([pay(9), user_input('Why?')]);\n" +
          'for (const { value, reason } of both) told.push(value ?? reason.message); console.log(told.slice(1).join(", "))',
      ),
    ],
    last: [code('final_answer("end")')],
    ids: { pay: 'c2', ask: 'c3' },
  },
};

describe.each(['calls', 'code'] as const)('an agent that acts by %s', (kind) => {
  const { first, last, ids } = scripts[kind];
  const make = makers[kind];

  test('waits when all that is left needs a human, and goes on in another process with what was said', async () => {
    const here = tools();
    const events: AgentEvent[] = [];
    const run = make(first, here.all).stream('Go.');
    for await (const event of run) events.push(event);
    const waiting = await run.result;
    const saved = await overTheWire(waiting);

    const there = tools();
    const answers: HumanAnswers = { [ids.pay]: { allow: true }, [ids.ask]: { answer: 'because' } };
    const result = await make(last, there.all).resume(saved, { answers }).result;

    expect(waiting).toMatchObject({
      state: 'waiting',
      output: undefined,
      waiting: [{ kind: 'approval' }, { kind: 'input' }],
    });
    expect(waiting.error).toBeUndefined();
    expect(events.slice(-2)).toMatchObject([
      {
        type: 'waiting',
        calls: [
          { callId: ids.pay, name: 'pay', arguments: { n: 9 }, kind: 'approval' },
          { callId: ids.ask, name: 'user_input', kind: 'input', question: 'Why?' },
        ],
      },
      { type: 'run-end', state: 'waiting' },
    ]);
    expect(result).toMatchObject({ state: 'success', output: 'end', waiting: [] });
    expect(JSON.stringify(result.steps[1])).toMatch(/saw 1.*paid 9.*because/);
    expect([here.done, there.done]).toEqual([['look 1'], ['pay 9']]);
  });

  test.each<[string, HumanAnswers[string], string, string[]]>([
    ['a refusal', { refuse: 'too dear' }, 'pay was refused: too dear', []],
    ['other arguments', { allow: true, arguments: { n: 2 } }, 'paid 2', ['pay 2']],
  ])('tells %s as what came of the call', async (_, answer, told, done) => {
    const waiting = await make(first, tools().all).run<RunResult>('Go.', full);

    const there = tools();
    const answers: HumanAnswers = { [ids.pay]: answer, [ids.ask]: { refuse: 'nobody knows' } };
    const result = await make(last, there.all).resume(await overTheWire(waiting), { answers }).result;

    expect(result.output).toBe('end');
    expect(JSON.stringify(result.steps[1])).toContain(told);
    expect(JSON.stringify(result.steps[1])).toContain('user_input was refused: nobody knows');
    expect(there.done).toEqual(done);
  });

  test('is not gone on with where arguments that a human put in place do not fit', async () => {
    const saved = await overTheWire(await make(first, tools().all).run<RunResult>('Go.', full));
    const answers: HumanAnswers = { [ids.pay]: { allow: true, arguments: { n: 'x' } }, [ids.ask]: { answer: 'so' } };

    const there = tools();
    const log: unknown[] = [];
    const events: AgentEvent[] = [];
    const agent = make(last, there.all);
    const run = agent.resume(saved, { answers, log: (entry) => void log.push(entry) });
    const reading = (async () => {
      for await (const event of run) events.push(event);
    })();

    const words = new RegExp(`answers\\["${ids.pay}"\\]\\.arguments: pay: argument \`n\``);
    const refusal = { name: 'AgentConfigurationError', message: expect.stringMatching(words) };
    await expect(reading).rejects.toMatchObject(refusal);
    await expect(agent.branch(saved, { answers })).rejects.toMatchObject(refusal);
    expect([there.done, log, events]).toEqual([[], [], []]);
  });

  test('waits again for what has no answer, and does nothing twice', async () => {
    const here = tools();
    const waiting = await make(first, here.all).run<RunResult>('Go.', full);

    const agent = make(last, here.all);
    const still = await agent.resume(await overTheWire(waiting)).result;
    const half = await agent.resume(await overTheWire(still), { answers: { [ids.pay]: { allow: true } } }).result;
    const result = await agent.resume(await overTheWire(half), { answers: { [ids.ask]: { answer: 'so' } } }).result;

    expect([still, half].map(({ state, waiting: left }) => [state, left.map(({ callId }) => callId)])).toEqual([
      ['waiting', [ids.pay, ids.ask]],
      ['waiting', [ids.ask]],
    ]);
    expect(result.output).toBe('end');
    expect(here.done).toEqual(['look 1', 'pay 9']);
    expect(JSON.stringify(result.steps[1])).toMatch(/saw 1.*paid 9.*so/);
  });

  test('goes on twice from one saved state, each time on its own', async () => {
    const waiting = await make(first, tools().all).run<RunResult>('Go.', full);
    const saved = await overTheWire(waiting);
    const answered = (answer: HumanAnswers[string]) => ({ answers: { [ids.pay]: answer, [ids.ask]: { answer: 1 } } });

    const agent = make([...last, ...last], tools().all);
    const [yes, no] = await Promise.all([
      agent.resume(saved, answered({ allow: true })).result,
      agent.resume(saved, answered({ refuse: 'no' })).result,
    ]);

    expect(JSON.stringify(yes.steps[1])).toContain('paid 9');
    expect(JSON.stringify(no.steps[1])).toContain('was refused: no');
    expect(yes.runId).not.toBe(no.runId);
  });

  test('refuses answers that no call waits for, or of the wrong kind', async () => {
    const waiting = await make(first, tools().all).run<RunResult>('Go.', full);
    const saved = await overTheWire(waiting);
    const agent = make(last, tools().all);
    const resume = async (answers: unknown) => Reflect.apply(agent.resume, agent, [saved, { answers }]).result;

    await expect(resume({ other: { allow: true } })).rejects.toThrow(
      `no such call waits; waiting are "${ids.pay}", "${ids.ask}"`,
    );
    await expect(resume({ [ids.pay]: { answer: 1 } })).rejects.toThrow(
      'pay waits for approval, so this must be { allow: true',
    );
    await expect(resume({ [ids.ask]: { allow: true } })).rejects.toThrow('user_input waits for input');
    await expect(resume({ [ids.pay]: { allow: false } })).rejects.toThrow('to refuse, give { refuse');
    await expect(resume({ [ids.pay]: { allow: true, args: {} } })).rejects.toThrow('unknown key "args"');
    await expect(resume({ [ids.ask]: { answer: () => 1 } })).rejects.toThrow('must be a value that can be saved');
    await expect(resume([])).rejects.toThrow('`answers` must be an object');
  });
});

test('run rejects with the result, from which the run goes on; the run is no failure where the result is asked for', async () => {
  const here = tools();
  const agent = makers.calls([call('pay', { n: 6 }, 'p'), finalAnswer('end')], here.all);
  const error: AgentError = await agent.run('Go.').then(
    () => Promise.reject(new Error('it did not wait')),
    (caught) => caught,
  );

  const saved = await (error.result as RunResult).save();

  expect(error).toMatchObject({ name: 'AgentError', kind: 'waiting', message: expect.stringContaining('pay (p)') });
  expect(await agent.resume(saved, { answers: { p: { allow: true } } }).result).toMatchObject({ output: 'end' });
});

test('a call that needs nobody for its arguments runs at once', async () => {
  const here = tools();

  expect(await makers.calls([call('pay', { n: 5 }), finalAnswer('end')], here.all).run('Go.')).toBe('end');
  expect(here.done).toEqual(['pay 5']);
});

describe('managed agents', () => {
  /** A manager of code with two members at once, one of which has a member of its own that pays. */
  function team(step: 'first' | 'last') {
    const { all, done } = tools();
    const script = (...entries: [ScriptEntry[], ScriptEntry[]]) => scriptedModel(...entries[step === 'first' ? 0 : 1]);
    const payer = new ToolCallingAgent({
      model: script([calls(['look', { n: 7 }, 'l'], ['pay', { n: 7 }, 'x/y'])], [finalAnswer('payer done')]),
      tools: all,
      name: 'payer',
      description: 'Pays.',
    });
    const middle = new ToolCallingAgent({
      model: script([call('payer', { task: 'Pay.' }, 'm')], [finalAnswer('middle done')]),
      managedAgents: [payer],
      name: 'middle',
      description: 'Lets pay.',
    });
    const asker = new CodeAgent({
      model: script([code("const why = await user_input('Why?')")], [code('final_answer(why)')]),
      tools: all,
    });
    const manager = new CodeAgent({
      model: script(
        [
          code(
            "const [a, b] = await Promise.all([middle({ task: 'Go.' }), asker({ task: 'Ask.' })]); console.log(a, b)",
          ),
        ],
        [code('final_answer("all done")')],
      ),
      managedAgents: [middle, new ManagedAgent({ agent: asker, name: 'asker', description: 'Asks.' })],
    });
    return { manager, done };
  }

  test('at any depth, several at once, wait together and go on where they were', async () => {
    const here = team('first');
    const waiting = await here.manager.run<RunResult>('Go.', full);

    const there = team('last');
    const answers: HumanAnswers = { 'c1/m/x%2Fy': { allow: true }, 'c2/c1': { answer: 'for fun' } };
    const result = await there.manager.resume(await overTheWire(waiting), { answers }).result;

    expect(waiting.waiting).toMatchObject([
      { callId: 'c1/m/x%2Fy', name: 'pay', path: ['CodeAgent', 'middle', 'payer'] },
      { callId: 'c2/c1', name: 'user_input', path: ['CodeAgent', 'asker'] },
    ]);
    expect(result.output).toBe('all done');
    expect(JSON.stringify(result.steps[1])).toMatch(/middle done.*for fun/);
    expect([here.done, there.done]).toEqual([['look 7'], ['pay 7']]);
  });

  test('are not gone on with where arguments that a human put in place at any depth do not fit', async () => {
    const waiting = await team('first').manager.run<RunResult>('Go.', full);

    const there = team('last');
    const answers: HumanAnswers = { 'c1/m/x%2Fy': { allow: true, arguments: {} }, 'c2/c1': { answer: 'for fun' } };
    const run = there.manager.resume(await overTheWire(waiting), { answers });

    await expect(run.result).rejects.toMatchObject({
      name: 'AgentConfigurationError',
      message: expect.stringContaining('answers["c1/m/x%2Fy"].arguments: pay: argument `n` is missing'),
    });
    expect(there.done).toEqual([]);
  });

  test.each<[string, (calls: { arguments: unknown; name: string }[]) => unknown]>([
    ['shows other arguments', ([pay]) => Object.assign(pay ?? {}, { arguments: { n: 1 } })],
    ['shows another tool', ([pay]) => Object.assign(pay ?? {}, { name: 'look' })],
    ['shows no call', (shown) => shown.splice(0)],
    ['shows a call twice', (shown) => shown.push({ ...shown[0], name: 'pay', arguments: { n: 1 } })],
  ])('are not gone on with where their manager %s', async (_, forge) => {
    const waiting = await team('first').manager.run<RunResult>('Go.', full);
    const saved = JSON.parse(JSON.stringify(await waiting.save()));
    forge(
      saved.log.findLast(({ type, within }: { type: string; within: unknown[] }) => type === 'waiting' && !within[0])
        .calls,
    );

    const there = team('last');
    const answers: HumanAnswers = { 'c1/m/x%2Fy': { allow: true }, 'c2/c1': { answer: 'for fun' } };

    await expect(there.manager.resume(saved, { answers }).result).rejects.toThrow('as another one than is to be made');
    expect(there.done).toEqual([]);
  });

  test('with some answers only, go on as far as they can', async () => {
    const waiting = await team('first').manager.run<RunResult>('Go.', full);

    const there = team('last');
    const saved = await overTheWire(waiting);
    const half = await there.manager.resume(saved, { answers: { 'c1/m/x%2Fy': { refuse: 'no' } } }).result;
    const last = await there.manager.resume(await overTheWire(half), { answers: { 'c2/c1': { answer: 1 } } }).result;

    expect(half.waiting.map(({ callId }) => callId)).toEqual(['c2/c1']);
    expect(last.output).toBe('all done');
  });
});

test('time that a human takes does not count against the code’s limit', async () => {
  const { all } = tools();
  const clock = { time: 0 };
  const virtual = {
    now: () => clock.time,
    sleep: (_ms: number, signal?: AbortSignal) =>
      new Promise<void>((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
  };
  const options = { tools: all, stepTimeoutMs: 100_000 };
  const model = scriptedModel(code("await pay(9); await look(1); 'came through'"), code('final_answer(1)'));
  const agent = new CodeAgent({ ...options, model });
  const waiting = await agent.run<RunResult>('Go.', { ...full, clock: virtual });

  clock.time += 3_600_000;
  const saved = await waiting.save();
  const result = await agent.resume(saved, { clock: virtual, answers: { c1: { allow: true } } }).result;

  expect(result.steps[1]).toMatchObject({ output: 'came through' });
});

test('an answer of the code’s own tool can need a word as well', async () => {
  const give = tool({
    name: 'final_answer',
    description: 'Answers.',
    inputs: { answer: { type: 'any', description: 'It.' } },
    needsApproval: true,
    execute: ({ answer }) => `approved ${answer}`,
  });
  const { all, done } = tools();
  const agent = new CodeAgent({ model: scriptedModel(code('final_answer(await look(4))')), tools: [...all, give] });
  const waiting = await agent.run<RunResult>('Go.', full);

  const saved = await overTheWire(waiting);
  const result = await agent.resume(saved, { answers: { final_answer_1: { allow: true } } }).result;

  expect(result.output).toBe('approved saw 4');
  expect(done).toEqual(['look 4']);
});

test('an answer that hangs on chance goes out as the human saw it', async () => {
  const given: unknown[] = [];
  const give = tool({
    name: 'final_answer',
    description: 'Answers.',
    inputs: { answer: { type: 'any', description: 'It.' } },
    needsApproval: true,
    execute: ({ answer }) => given.push(answer),
  });
  const model = scriptedModel(code('final_answer([Math.random(), new Date()])'));
  const agent = new CodeAgent({ model, tools: [give] });
  const waiting = await agent.run<RunResult>('Go.', full);
  const [shown] = waiting.waiting;

  const asked = await agent.resume(await overTheWire(waiting), {}).result;
  await agent.resume(await overTheWire(asked), { answers: { final_answer_1: { allow: true } } }).result;

  expect(asked.waiting).toEqual([shown]);
  expect(given).toEqual([shown?.arguments.answer]);
});

test.each(['calls', 'code'] as const)('an abort while a run that acts by %s goes on ends it', async (kind) => {
  const { first, ids } = scripts[kind];
  const { all } = tools();
  const waiting = await makers[kind](first, all).run<RunResult>('Go.', full);
  const hang = all.map((each) =>
    each.name === 'pay'
      ? {
          ...each,
          execute: () => {
            run.abort('enough');
            return new Promise(() => {});
          },
        }
      : each,
  );

  const run = makers[kind]([], hang).resume(await waiting.save(), { answers: { [ids.pay]: { allow: true } } });

  await expect(run.result).rejects.toMatchObject({ kind: 'aborted', result: { state: 'interrupted' } });
});

test('a rule is asked again before a call that a human allowed, with other arguments as well', async () => {
  const { all, done } = tools();
  const agent = new ToolCallingAgent({
    model: scriptedModel(call('pay', { n: 9 }, 'p'), finalAnswer('end')),
    tools: all,
    beforeToolCall: ({ arguments: { n } }) => (Number(n) > 100 ? { refuse: 'over the limit' } : undefined),
  });
  const waiting = await agent.run<RunResult>('Go.', full);

  const answers: HumanAnswers = { p: { allow: true, arguments: { n: 1_000 } } };
  const result = await agent.resume(await waiting.save(), { answers }).result;

  expect(JSON.stringify(result.steps[1])).toContain('pay was refused: over the limit');
  expect(done).toEqual([]);
});

test('answers under names of the prototype are answers to nothing', async () => {
  const { all, done } = tools();
  const agent = makers.calls([call('pay', { n: 9 }, 'p')], all);
  const saved = await overTheWire(await agent.run<RunResult>('Go.', full));
  const hostile = JSON.parse('{ "answers": { "__proto__": { "allow": true } } }');

  await expect(agent.resume(saved, hostile).result).rejects.toThrow('no such call waits');
  const inherited = { answers: Object.create({ p: { allow: true } }) };
  expect(await agent.resume(saved, inherited).result).toMatchObject({ state: 'waiting' });
  expect(done).toEqual([]);
});
