import { describe, expect, test } from 'vitest';
import {
  type BeforeToolCall,
  CodeAgent,
  type HumanAnswer,
  ManagedAgent,
  type RunResult,
  ToolCallingAgent,
  tool,
} from '../../src/index';
import { call, calls, code, finalAnswer, scriptedModel } from '../../src/testing/scripted-model';

function shop() {
  const bought: number[] = [];
  const buy = tool({
    name: 'buy',
    description: 'Buys.',
    inputs: { n: { type: 'integer', description: 'How many.' } },
    execute: ({ n }) => {
      bought.push(n);
      return `bought ${n}`;
    },
  });
  return { buy, bought };
}
const full = { returnFullResult: true } as const;

/** The same deed by both kinds of agents: buy 3, then answer with what came of it. */
const agents = [
  [
    'a tool-calling agent',
    (options: { beforeToolCall: BeforeToolCall }, tools: readonly ReturnType<typeof shop>['buy'][]) =>
      new ToolCallingAgent({
        model: scriptedModel(call('buy', { n: 3 }, 'one'), finalAnswer('end')),
        tools,
        ...options,
      }),
  ],
  [
    'a code agent',
    (options: { beforeToolCall: BeforeToolCall }, tools: readonly ReturnType<typeof shop>['buy'][]) =>
      new CodeAgent({
        model: scriptedModel(
          code('let what; try { what = await buy({ n: 3 }) } catch (e) { what = e.message }; what'),
          code('final_answer("end")'),
        ),
        tools,
        ...options,
      }),
  ],
] as const;

describe.each(agents)('%s', (_, agentOf) => {
  test('asks before each call, the answer included, and nothing or `allow` lets it run', async () => {
    const { buy, bought } = shop();
    const asked: object[] = [];
    const agent = agentOf(
      {
        beforeToolCall: async (about, { signal, runId }) => {
          asked.push({ ...about, aborted: signal.aborted, hasRun: runId.length > 0 });
          return asked.length === 1 ? undefined : { allow: true };
        },
      },
      [buy],
    );

    expect(await agent.run('Go.')).toBe('end');

    expect(bought).toEqual([3]);
    expect(asked).toMatchObject([
      { name: 'buy', arguments: { n: 3 }, path: [agent.toJSON().class], step: 1, aborted: false, hasRun: true },
      { name: 'final_answer', step: 2 },
    ]);
  });

  test('runs the call with the arguments put in place', async () => {
    const { buy, bought } = shop();
    const agent = agentOf(
      { beforeToolCall: ({ name }) => (name === 'buy' ? { allow: true, arguments: { n: 1 } } : undefined) },
      [buy],
    );

    await agent.run('Go.');

    expect(bought).toEqual([1]);
  });

  test.each<[string, BeforeToolCall, string]>([
    ['a refusal', () => ({ refuse: 'too dear' }), 'buy was refused: too dear'],
    ['arguments that do not fit', () => ({ allow: true, arguments: { n: 'x' } }), 'argument `n`'],
    [
      'a throw',
      () => {
        throw new RangeError('no such rule');
      },
      'buy did not run: beforeToolCall threw RangeError: no such rule',
    ],
    ['a rejection', () => Promise.reject(new Error('late')), 'beforeToolCall threw Error: late'],
    // a forgotten field must not count as leave
    ['what is no verdict', () => JSON.parse('{ "allow": "yes" }'), 'must be nothing, { allow: true'],
  ])('tells %s to the model as the failure of the call, and goes on', async (_what, rule, message) => {
    const { buy, bought } = shop();
    const agent = agentOf(
      { beforeToolCall: (about, facts) => (about.name === 'buy' ? rule(about, facts) : undefined) },
      [buy],
    );

    const { steps, output } = await agent.run('Go.', full);

    expect(output).toBe('end');
    expect(JSON.stringify(steps[1])).toContain(message);
    expect(bought).toEqual([]);
  });
});

test('calls of managed agents are asked about too, each agent by its own rule', async () => {
  const { buy, bought } = shop();
  const asked: string[] = [];
  const note: BeforeToolCall = ({ name, path }) => {
    asked.push(`${path.join('/')} ${name}`);
    return undefined;
  };
  const inner = new ToolCallingAgent({
    model: scriptedModel(call('buy', { n: 1 }), finalAnswer('done')),
    tools: [buy],
    beforeToolCall: note,
  });
  const member = new ManagedAgent({ agent: inner, name: 'buyer', description: 'Buys.' });
  const model = scriptedModel(code("await buyer({ task: 'Buy.' })"), code('final_answer(1)'));

  await new CodeAgent({ model, managedAgents: [member], beforeToolCall: note }).run('Go.');

  expect(asked).toEqual([
    'CodeAgent buyer',
    'CodeAgent/buyer buy',
    'CodeAgent/buyer final_answer',
    'CodeAgent final_answer',
  ]);
  expect(bought).toEqual([1]);
});

test('a call that is refused leaves the others of its step as they are', async () => {
  const { buy, bought } = shop();
  const model = scriptedModel(calls(['buy', { n: 1 }, 'one'], ['buy', { n: 9 }, 'nine']), finalAnswer('end'));
  const beforeToolCall: BeforeToolCall = ({ arguments: { n } }) => (n === 9 ? { refuse: 'no' } : undefined);

  const { steps } = await new ToolCallingAgent({ model, tools: [buy], beforeToolCall }).run('Go.', full);

  expect(bought).toEqual([1]);
  expect(steps[1]).toMatchObject({ observations: 'bought 1', error: { code: 'tool_execution' } });
});

test('an abort ends the wait for a rule', async () => {
  const { buy, bought } = shop();
  const run = new ToolCallingAgent({
    model: scriptedModel(call('buy', { n: 1 })),
    tools: [buy],
    beforeToolCall: () => {
      run.abort('enough');
      return new Promise<undefined>(() => {});
    },
  }).stream('Go.');

  await expect(run.result).rejects.toMatchObject({ kind: 'aborted' });

  expect(bought).toEqual([]);
});

test('what is no function is refused when the agent is made', () => {
  const options = { model: scriptedModel(), beforeToolCall: true };

  expect(() => Reflect.construct(CodeAgent, [options])).toThrow('`beforeToolCall` is true, must be a function');
});

describe('after a human allowed a call', () => {
  const waitingPurchase = async (beforeToolCall: BeforeToolCall) => {
    const bought: number[] = [];
    const buy = tool({
      name: 'buy',
      description: 'Buys.',
      inputs: { n: { type: 'integer', description: 'How many.' } },
      needsApproval: true,
      execute: ({ n }) => bought.push(n),
    });
    const model = scriptedModel(call('buy', { n: 3 }, 'one'), finalAnswer('end'));
    const agent = new ToolCallingAgent({ model, tools: [buy], beforeToolCall });
    const { waiting, save } = await agent.run<RunResult>('Go.', full);
    const saved = JSON.parse(JSON.stringify(await save()));
    const resume = (answer: HumanAnswer) => agent.resume(saved, { answers: { one: answer } }).result;
    return { bought, waiting, resume };
  };

  test('what the human saw runs, edited once and not again', async () => {
    const { bought, waiting, resume } = await waitingPurchase(({ name, arguments: { n } }) =>
      name === 'buy' ? { allow: true, arguments: { n: Math.min(Number(n), 2) } } : undefined,
    );

    await resume({ allow: true });

    expect(waiting).toMatchObject([{ arguments: { n: 2 } }]);
    expect(bought).toEqual([2]);
  });

  test.each<[string, HumanAnswer]>([
    ['what the human saw', { allow: true }],
    ['what the human put in place', { allow: true, arguments: { n: 7 } }],
  ])('a hook that edits %s keeps the call from running, and the model is told', async (_, answer) => {
    const { bought, resume } = await waitingPurchase(({ name, arguments: { n } }) =>
      name === 'buy' ? { allow: true, arguments: { n: Number(n) + 1 } } : undefined,
    );

    const { steps } = await resume(answer);

    expect(bought).toEqual([]);
    expect(JSON.stringify(steps)).toContain(
      'buy did not run: beforeToolCall put other arguments in place of those that a human had allowed',
    );
  });

  test('a hook may still refuse', async () => {
    const { bought, resume } = await waitingPurchase(({ arguments: { n } }) =>
      n === 7 ? { refuse: 'no' } : undefined,
    );

    const { steps } = await resume({ allow: true, arguments: { n: 7 } });

    expect(bought).toEqual([]);
    expect(JSON.stringify(steps)).toContain('buy was refused: no');
  });
});
