import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  type AnyTool,
  type BeforeToolCall,
  CodeAgent,
  type HumanAnswer,
  type NeedsApproval,
  type RunResult,
  ToolCallingAgent,
  tool,
} from '../../src/index';
import { call, code, finalAnswer, scriptedModel } from '../../src/testing/scripted-model';

const full = { returnFullResult: true } as const;
const dear: NeedsApproval = ({ euros }) => Number(euros) > 10;

/** Tools that write down what they were given; their schemas fill in, and make other values. */
function tools(needsApproval?: NeedsApproval) {
  const paid: unknown[] = [];
  const pay = (name: string, inputs: z.ZodType): AnyTool =>
    tool({
      name,
      description: 'Pays.',
      inputs,
      ...(needsApproval !== undefined && { needsApproval }),
      execute: (args) => {
        paid.push(args);
        return 'paid';
      },
    });
  const all = [
    pay('fill', z.object({ to: z.string(), euros: z.number().default(1000) })),
    pay('read', z.object({ euros: z.string().transform((text) => Number(text.replace(',', ''))) })),
    pay('cents', z.object({ euros: z.number().transform((euros) => euros * 100) })),
    pay(
      'link',
      z.object({
        at: z.string().transform((text) => new URL(text)),
        on: z.iso.date().transform((day) => new Date(day)),
      }),
    ),
    pay(
      'number',
      z.object({ euros: z.number() }).transform(({ euros }) => euros),
    ),
  ];
  return { paid, all };
}

const makers = {
  calls: (
    name: string,
    args: Record<string, unknown>,
    options: { tools: readonly AnyTool[]; beforeToolCall?: BeforeToolCall },
  ) => new ToolCallingAgent({ model: scriptedModel(call(name, args, 'c1'), finalAnswer('end')), ...options }),
  code: (
    name: string,
    args: Record<string, unknown>,
    options: { tools: readonly AnyTool[]; beforeToolCall?: BeforeToolCall },
  ) =>
    new CodeAgent({
      model: scriptedModel(
        code(`let said; try { said = await ${name}(${JSON.stringify(args)}) } catch (e) { said = e.message } said`),
        code('final_answer("end")'),
      ),
      ...options,
    }),
};

describe.each(['calls', 'code'] as const)('an agent that acts by %s', (kind) => {
  const make = makers[kind];
  const waitAndAnswer = async (name: string, args: Record<string, unknown>, needsApproval: NeedsApproval = true) => {
    const { paid, all } = tools(needsApproval);
    const agent = make(name, args, { tools: all });
    let result: RunResult = await agent.run('Go.', full);
    const shown = result.waiting[0];
    const answer = async (given: HumanAnswer) => {
      const saved = JSON.parse(JSON.stringify(await result.save()));
      result = await agent.resume(saved, { answers: { c1: given } }).result;
      return result;
    };
    return { paid, shown, answer };
  };

  test.each([
    ['fill', { to: 'x' }],
    ['read', { euros: '1,000' }],
    ['cents', { euros: 5 }],
  ])('asks whether a human is needed about what `%s` makes of the arguments', async (name, args) => {
    const { paid, all } = tools(dear);

    const result = await make(name, args, { tools: all }).run<RunResult>('Go.', full);

    expect(result.state).toBe('waiting');
    expect(paid).toEqual([]);
  });

  test.each([
    ['fill', { to: 'x' }, { to: 'x', euros: 1000 }],
    ['read', { euros: '1,000' }, { euros: 1000 }],
    ['cents', { euros: 5 }, { euros: 500 }],
  ])('shows a human what `%s` makes of the arguments, and that runs, made once', async (name, args, made) => {
    const { paid, shown, answer } = await waitAndAnswer(name, args);

    const { output } = await answer({ allow: true });

    expect(shown).toMatchObject({ arguments: made, written: args });
    expect(output).toBe('end');
    expect(paid).toEqual([made]);
  });

  test('gives a tool its own kinds of values, which a human saw as far as JSON can tell them', async () => {
    const { paid, shown, answer } = await waitAndAnswer('link', { at: 'https://example.com/a', on: '2026-01-02' });

    await answer({ allow: true });

    expect(shown?.arguments).toEqual({ at: 'https://example.com/a', on: new Date('2026-01-02') });
    expect(paid).toEqual([{ at: new URL('https://example.com/a'), on: new Date('2026-01-02') }]);
  });

  test('waits once more where the schema makes something else of what a human put in place', async () => {
    const { paid, answer } = await waitAndAnswer('cents', { euros: 5 });

    const again = await answer({ allow: true, arguments: { euros: 4 } });
    const paidBefore = [...paid];
    const { output } = await answer({ allow: true });

    expect(again).toMatchObject({ state: 'waiting', waiting: [{ arguments: { euros: 400 }, written: { euros: 4 } }] });
    expect(paidBefore).toEqual([]);
    expect(output).toBe('end');
    expect(paid).toEqual([{ euros: 400 }]);
  });

  test('runs at once what a human put in place and the schema leaves as it is', async () => {
    const { paid, answer } = await waitAndAnswer('fill', { to: 'x' });

    const { output } = await answer({ allow: true, arguments: { euros: 3, to: 'y' } });

    expect(output).toBe('end');
    expect(paid).toEqual([{ to: 'y', euros: 3 }]);
  });

  test.each([
    ['read', { euros: '1,000' }, { euros: 1000 }],
    ['cents', { euros: 5 }, { euros: 500 }],
  ])(
    'takes what `%s` was shown with for what is to run, where a rule and a human give it back',
    async (name, args, made) => {
      const { paid, all } = tools(true);
      const beforeToolCall: BeforeToolCall = ({ arguments: seen }) => ({ allow: true, arguments: { ...seen } });
      const agent = make(name, args, { tools: all, beforeToolCall });

      const waiting = await agent.run<RunResult>('Go.', full);
      const answers = { c1: { allow: true as const, arguments: made } };
      await agent.resume(await waiting.save(), { answers }).result;

      expect(paid).toEqual([made]);
    },
  );

  test('shows `beforeToolCall` what is to run, also of what that put in place', async () => {
    const { paid, all } = tools();
    const asked: unknown[] = [];
    const beforeToolCall: BeforeToolCall = ({ name, arguments: args }) => {
      if (name === 'final_answer') return undefined;
      asked.push(args);
      return Number(args.euros) > 100 && asked.length < 3 ? { allow: true, arguments: { euros: 1 } } : undefined;
    };

    await make('cents', { euros: 5 }, { tools: all, beforeToolCall }).run('Go.');

    expect(asked).toEqual([{ euros: 500 }, { euros: 100 }]);
    expect(paid).toEqual([{ euros: 100 }]);
  });

  test('does not run what `beforeToolCall` changes each time it sees what became of it', async () => {
    const { paid, all } = tools();
    const beforeToolCall: BeforeToolCall = ({ name, arguments: args }) =>
      name === 'cents' ? { allow: true, arguments: { euros: Number(args.euros) - 1 } } : undefined;

    const { steps } = await make('cents', { euros: 5 }, { tools: all, beforeToolCall }).run('Go.', full);

    expect(paid).toEqual([]);
    expect(JSON.stringify(steps[1])).toContain('cents did not run: beforeToolCall put other arguments in place');
  });

  test('runs what a human saw of what `beforeToolCall` had put in place', async () => {
    const { paid, all } = tools(true);
    const beforeToolCall: BeforeToolCall = ({ name }) =>
      name === 'cents' ? { allow: true, arguments: { euros: 2 } } : undefined;
    const agent = make('cents', { euros: 5 }, { tools: all, beforeToolCall });

    const waiting = await agent.run<RunResult>('Go.', full);
    await agent.resume(await waiting.save(), { answers: { c1: { allow: true } } }).result;

    expect(waiting.waiting).toMatchObject([{ arguments: { euros: 200 }, written: { euros: 2 } }]);
    expect(paid).toEqual([{ euros: 200 }]);
  });

  test('does not run a call whose schema makes no object, where somebody is to be shown it', async () => {
    const asked = tools(dear);
    const free = tools();

    const { steps } = await make('number', { euros: 1 }, { tools: asked.all }).run('Go.', full);
    await make('number', { euros: 1 }, { tools: free.all }).run('Go.');

    expect(asked.paid).toEqual([]);
    expect(JSON.stringify(steps[1])).toContain('number did not run: its inputs make 1 of the arguments');
    expect(free.paid).toEqual([1]);
  });

  test('goes on with no saved run that shows other arguments than the schema makes', async () => {
    const { paid, all } = tools(true);
    const agent = make('cents', { euros: 5 }, { tools: all });
    const waiting = await agent.run<RunResult>('Go.', full);
    const forged = JSON.parse(JSON.stringify(await waiting.save()).replaceAll('"euros":500', '"euros":1'));

    const run = agent.resume(forged, { answers: { c1: { allow: true } } });

    await expect(run.result).rejects.toThrow('it shows the call c1 as another one than is to be made');
    expect(paid).toEqual([]);
  });

  test('tells the model that a call did not run where `needsApproval` throws', async () => {
    const { paid, all } = tools(() => {
      throw new Error('policy down');
    });

    const { steps } = await make('fill', { to: 'x' }, { tools: all }).run('Go.', full);

    expect(paid).toEqual([]);
    expect(JSON.stringify(steps[1])).toContain('fill did not run: needsApproval threw Error: policy down');
  });

  test('gives `needsApproval` and `beforeToolCall` copies, so that nothing is shown otherwise than it runs', async () => {
    const paid: unknown[] = [];
    const spoil = (args: Readonly<Record<string, unknown>>) => Object.assign(args.order as object, { euros: 0 });
    const order = tool({
      name: 'order',
      description: 'Orders.',
      inputs: { order: { type: 'object', description: 'What.' } },
      needsApproval: (args) => spoil(args) !== undefined,
      execute: (args) => paid.push(args),
    });
    const beforeToolCall: BeforeToolCall = ({ name, arguments: args }) => {
      if (name === 'order') spoil(args);
      return undefined;
    };
    const agent = make('order', { order: { euros: 5 } }, { tools: [order], beforeToolCall });

    const waiting = await agent.run<RunResult>('Go.', full);
    const saved = JSON.parse(JSON.stringify(await waiting.save()));
    await agent.resume(saved, { answers: { c1: { allow: true } } }).result;

    expect(waiting.waiting).toMatchObject([{ arguments: { order: { euros: 5 } } }]);
    expect(paid).toEqual([{ order: { euros: 5 } }]);
  });
});
