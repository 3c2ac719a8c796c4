import { describe, expect, test } from 'vitest';
import { CodeAgent, type ForkOptions, ToolCallingAgent, tool } from '../../src/index';
import { recordRun } from '../../src/testing/record-run';
import { writeRunFile } from '../../src/testing/recording';
import { call, code, finalAnswer, scriptedModel } from '../../src/testing/scripted-model';

/** A tool that does something outside, and one that only reads; both tell what they were called with. */
function shop() {
  const paid: number[] = [];
  const read: string[] = [];
  const pay = tool({
    name: 'pay',
    description: 'Pays an amount in euros.',
    inputs: { euros: { type: 'number', description: 'How much.' } },
    execute: ({ euros }) => {
      paid.push(euros);
      return paid.length;
    },
  });
  const price = tool({
    name: 'price',
    description: 'Reads a price.',
    inputs: { of: { type: 'string', description: 'Of what.' } },
    idempotent: true,
    execute: ({ of }) => {
      read.push(of);
      return 12;
    },
  });
  return { tools: [pay, price], paid, read };
}
const full = { returnFullResult: true } as const;

describe('a recording that carries no log', () => {
  test('is gone on with from any step, with its variables, and nothing of it is done again', async () => {
    const { tools, paid, read } = shop();
    const recorded = scriptedModel(
      code('const cost = await price("tea")'),
      code('const bill = await pay(cost)'),
      code('final_answer(cost)'),
    );
    const file = await recordRun(new CodeAgent({ model: recorded, tools }), 'Pay the bill.');
    const agent = new CodeAgent({ model: scriptedModel(code('final_answer([cost, bill])')), tools });

    const branch = await agent.fork(JSON.parse(JSON.stringify(writeRunFile(file))), 3).result;

    expect(branch.output).toEqual([12, 1]);
    expect([paid, read]).toEqual([[12], ['tea']]);
    expect(branch.steps.map(({ type }) => type)).toEqual(['task', 'action', 'action', 'action']);
  });

  test('is gone on with by an agent that calls tools, with another result in the place of one', async () => {
    const { tools, paid } = shop();
    const recorded = scriptedModel(call('pay', { euros: 3 }, 'p1'), finalAnswer('done'));
    const file = await recordRun(new ToolCallingAgent({ model: recorded, tools }), 'Pay.');
    const model = scriptedModel(finalAnswer('again'));
    const agent = new ToolCallingAgent({ model, tools });

    const branch = await agent.fork(writeRunFile(file), 1, { results: { p1: 'refused by the bank' } }).result;

    expect(branch.output).toBe('again');
    expect(paid).toEqual([3]);
    expect(JSON.stringify(model.requests[0]?.messages)).toContain('refused by the bank');
  });

  test('has the texts that its run was told with the task, and the values given with it', async () => {
    const recorded = scriptedModel(code('n + 1'), code('final_answer(n)'));
    const file = await recordRun(new CodeAgent({ model: recorded }), 'Count.', { additionalArgs: { n: 41 } });
    const model = scriptedModel(code('final_answer(n + 1)'));

    const branch = await new CodeAgent({ model }).fork(writeRunFile(file), 2).result;

    expect(branch.output).toBe(42);
    expect(model.requests[0]?.messages.slice(0, 3)).toEqual(recorded.requests[1]?.messages.slice(0, 3));
  });

  test('of another kind of agent is refused, and so is one whose events are none', async () => {
    const file = writeRunFile(await recordRun(new CodeAgent({ model: scriptedModel(code('final_answer(1)')) }), 'Go.'));
    const agent = new ToolCallingAgent({ model: scriptedModel(), tools: [] });
    const events = [{ type: 'step', path: ['CodeAgent'], runId: 'r1', step: { number: 'one' } }];

    await expect(agent.fork(file, 1).result).rejects.toThrow('The saved run is one of a CodeAgent');
    await expect(
      new CodeAgent({ model: scriptedModel() }).fork({ kind: 'run/1', task: 'Go.', events }, 1).result,
    ).rejects.toThrow('run.events');
  });
});

describe('a branch that asks again', () => {
  const script = () =>
    scriptedModel(
      ...[code('await price("tea")'), code('await pay(12)'), code('final_answer(1)')],
      ...[code('const it = await price("tea"); await pay(it)'), code('final_answer(2)')],
    );

  test('waits before a tool that its run had called from that step on, and not for one that only reads', async () => {
    const { tools, paid, read } = shop();
    const agent = new CodeAgent({ model: script(), tools });
    const result = await agent.run('Pay.', full);

    const waiting = await result.fork(1, {}, { askAgain: true }).result;
    const [asked] = waiting.waiting;
    const branch = await agent.resume(await waiting.save(), { answers: { [asked?.callId ?? '']: { allow: true } } })
      .result;

    expect(waiting.state).toBe('waiting');
    expect([asked?.name, asked?.kind]).toEqual(['pay', 'approval']);
    expect(branch.output).toBe(2);
    expect([paid, read]).toEqual([
      [12, 12],
      ['tea', 'tea'],
    ]);
  });

  test('does not make the call where it was refused, nor where it is gone on with without a word', async () => {
    const { tools, paid } = shop();
    const agent = new CodeAgent({ model: script(), tools });
    const waiting = await (await agent.run('Pay.', full)).fork(1, {}, { askAgain: true }).result;
    const saved = await waiting.save();

    const unasked = await agent.resume(saved).result;
    const refused = agent.resume(saved, {
      answers: { [waiting.waiting[0]?.callId ?? '']: { refuse: 'paid already' } },
    });
    await refused.result;

    expect(unasked.state).toBe('waiting');
    expect(paid).toEqual([12]);
  });

  test('asks about what was called from that step on only, and where it is not wished about nothing', async () => {
    const { tools, paid } = shop();
    const model = scriptedModel(
      ...[code('await pay(1)'), code('1'), code('final_answer(1)')],
      ...[code('await pay(2)'), code('final_answer(2)'), code('await pay(3)'), code('final_answer(3)')],
    );
    const result = await new CodeAgent({ model, tools }).run('Pay.', full);

    const after = await result.fork(2, {}, { askAgain: true }).result;
    const unasked = await result.fork(1).result;

    expect([after.output, unasked.output]).toEqual([2, 3]);
    expect(paid).toEqual([1, 2, 3]);
  });

  test('is refused where it is no yes or no', () => {
    const agent = new CodeAgent({ model: scriptedModel() });
    const options = { askAgain: 'always' } as unknown as ForkOptions;

    expect(() => agent.fork([], 1, {}, options)).toThrow('askAgain');
  });
});
