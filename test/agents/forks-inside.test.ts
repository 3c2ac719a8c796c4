import { describe, expect, test } from 'vitest';
import { CodeAgent, type Delegate, ManagedAgent, ToolCallingAgent, tool } from '../../src/index';
import { recordRun } from '../../src/testing/record-run';
import { writeRunFile } from '../../src/testing/recording';
import { call, calls, code, finalAnswer, scriptedModel } from '../../src/testing/scripted-model';

const full = { returnFullResult: true } as const;
const json = (value: unknown) => JSON.parse(JSON.stringify(value));

/** A tool that counts its calls. */
function lookedUp() {
  const seen: string[] = [];
  const look = tool({
    name: 'look',
    description: 'Looks a colour up.',
    inputs: { of: { type: 'string', description: 'Of what.' } },
    execute: ({ of }) => {
      seen.push(of);
      return 'blue';
    },
  });
  return { look, seen };
}

/** A manager of agents that call a tool; `scout` reports what its model says. */
function team(outer: ReturnType<typeof scriptedModel>, inner: ReturnType<typeof scriptedModel>) {
  const { look, seen } = lookedUp();
  const agent = new ToolCallingAgent({ model: inner, tools: [look] });
  const scout = new ManagedAgent({ agent, name: 'scout', description: 'Looks.' });
  return { manager: new ToolCallingAgent({ model: outer, managedAgents: [scout], tools: [look] }), seen };
}
const messages = (model: ReturnType<typeof scriptedModel>) => JSON.stringify(model.requests.at(-1)?.messages);
const toScout = call('scout', { task: 'Look at the sky.' }, 'm1');

describe('a fork inside a managed agent', () => {
  test('goes on there with another result of its tool, and its manager reads the new report', async () => {
    const inner = scriptedModel(call('look', { of: 'sky' }, 'l1'), finalAnswer('blue'), finalAnswer('red'));
    const outer = scriptedModel(toScout, finalAnswer(1), finalAnswer(2));
    const { manager, seen } = team(outer, inner);
    const result = await manager.run('Go.', full);

    const branch = await result.fork(1, { managed: { m1: { step: 1, results: { l1: 'at dusk' } } } }).result;

    expect(branch.output).toBe(2);
    expect(JSON.stringify(inner.requests[2]?.messages)).toContain('at dusk');
    expect([messages(outer).includes('red'), messages(outer).includes('blue')]).toEqual([true, false]);
    expect([seen, outer.requests.length, inner.requests.length]).toEqual([['sky'], 3, 3]);
  });

  test('can be made in a saved run, with another task, and leaves the other calls of the step as they were', async () => {
    const both = calls(['scout', { task: 'Look at the sky.' }, 'm1'], ['look', { of: 'sea' }, 'l1']);
    const inner = scriptedModel(finalAnswer('blue'), finalAnswer('green'));
    const outer = scriptedModel(both, finalAnswer(1), finalAnswer(2));
    const { manager, seen } = team(outer, inner);
    const saved = json(await (await manager.run('Go.', full)).save());

    const branch = await manager.fork(saved, 1, { managed: { m1: { step: 1, task: 'Look at the wood.' } } }).result;

    expect(branch.output).toBe(2);
    expect(messages(inner)).toContain('You are scout, working for the agent who manages you.');
    expect([messages(inner).includes('Look at the wood.'), messages(inner).includes('sky')]).toEqual([true, false]);
    expect([messages(outer).includes('green'), seen]).toEqual([true, ['sea']]);
  });

  test('has the variables of its code, and no call is made twice for them', async () => {
    const { look, seen } = lookedUp();
    const inner = scriptedModel(
      ...[code('const colour = await look("sky")'), code('final_answer(colour)')],
      ...[code('final_answer("dark " + colour)')],
    );
    const outer = scriptedModel(code('const it = await scout("Look."); final_answer(it)'));
    const scout = new CodeAgent({ model: inner, tools: [look], name: 'scout', description: 'Looks.' });
    const result = await new CodeAgent({ model: outer, managedAgents: [scout] }).run('Go.', full);

    const branch = await result.fork(1, { managed: { c1: { step: 2 } } }).result;

    expect(result.output).toContain('blue');
    expect(branch.output).toContain('dark blue');
    expect([seen, outer.requests.length]).toEqual([['sky'], 1]);
  });

  test('reaches any depth, and can be made of a fork again', async () => {
    const leaf = scriptedModel(finalAnswer('one'), finalAnswer('two'), finalAnswer('three'));
    const middle = scriptedModel(toScout, finalAnswer('m'), finalAnswer('m2'), finalAnswer('m3'));
    const { manager: between } = team(middle, leaf);
    const lead = new ManagedAgent({ agent: between, name: 'lead', description: 'Leads.' });
    const outer = scriptedModel(call('lead', { task: 'Go.' }, 'm1'), finalAnswer(1), finalAnswer(2), finalAnswer(3));
    const result = await new ToolCallingAgent({ model: outer, managedAgents: [lead] }).run('Go.', full);
    const inside = { managed: { m1: { step: 1, managed: { m1: { step: 1 } } } } };

    const branch = await result.fork(1, inside).result;
    const second = await branch.fork(1, inside).result;

    expect([result.output, branch.output, second.output]).toEqual([1, 2, 3]);
    expect(messages(middle)).toContain('three');
    expect([leaf.requests.length, middle.requests.length, outer.requests.length]).toEqual([3, 4, 4]);
  });

  test('can be made in any step, also of a fork: what was done before is in its log', async () => {
    const words = ['first', 'second', 'third', 'fourth'].map((word) => finalAnswer(word));
    const inner = scriptedModel(...words);
    const outer = scriptedModel(
      ...[code('await scout("Look at the sky.")'), code('await scout("Look at the sea.")'), code('final_answer(1)')],
      ...[code('final_answer(2)'), code('await scout("Look at the wood.")'), code('final_answer(3)')],
    );
    const agent = new ToolCallingAgent({ model: inner, name: 'scout', description: 'Looks.' });
    const result = await new CodeAgent({ model: outer, managedAgents: [agent] }).run('Go.', full);

    const later = await result.fork(2, { managed: { c2: { step: 1 } } }).result;
    expect(messages(inner)).toContain('Look at the sea.');
    await later.fork(1, { managed: { c1: { step: 1 } } }).result;

    expect(JSON.stringify(inner.requests[3]?.messages)).toContain('Look at the sky.');
    expect(messages(outer)).toContain('fourth');
  });

  test('counts what the agent had spent before its step, and no more', async () => {
    const usage = { inputTokens: 10, outputTokens: 1 };
    const inner = scriptedModel(
      { ...call('look', { of: 'sky' }), usage },
      { ...finalAnswer('a'), usage },
      finalAnswer('b'),
    );
    const { manager } = team(scriptedModel(toScout, finalAnswer(1), finalAnswer(2)), inner);
    const result = await manager.run('Go.', full);

    const branch = await result.fork(1, { managed: { m1: { step: 2 } } }).result;

    expect([result.inclusiveUsage.inputTokens, branch.inclusiveUsage.inputTokens]).toEqual([20, 10]);
  });
});

describe('a fork inside a managed agent is refused', () => {
  const run = async () => {
    const inner = scriptedModel(finalAnswer('blue'));
    const both = calls(['scout', { task: 'Look.' }, 'm1'], ['look', { of: 'sea' }, 'l1']);
    const { manager } = team(scriptedModel(both, finalAnswer(1)), inner);
    return { manager, result: await manager.run('Go.', full) };
  };

  test.each([
    [{ managed: { m1: { step: 7 } } }, 'no step 7 in this run; its steps are 1 to 1'],
    [{ managed: { m2: { step: 1 } } }, 'no call "m2" in this step'],
    [{ managed: { l1: { step: 1 } } }, 'managed["l1"]: look is no managed agent that runs here'],
    [{ managed: { m1: { step: 1, code: 'x' } } }, 'no code ran in this step'],
    [{ managed: { m1: { step: 1, words: 'x' } } }, 'words'],
    [{ managed: { m1: 1 } }, 'managed is an object, must be'],
    [{ managed: { m1: { step: 1 } }, results: {} }, 'give one of them'],
    [{ managed: { m1: {} } }, 'no step undefined'],
  ])('%j', async (edits, told) => {
    const { result } = await run();

    await expect(result.fork(1, edits as never).result).rejects.toThrow(told);
  });

  test('where the log tells only what it gave', async () => {
    const { manager, result } = await run();
    const saved = json(await result.save());
    saved.log = saved.log.filter(({ within }: { within: string[] }) => within.length === 0);

    await expect(manager.fork(saved, 1, { managed: { m1: { step: 1 } } }).result).rejects.toThrow(
      'the saved run does not tell what scout did, only what it gave',
    );
  });

  test('of an agent that cannot be branched', async () => {
    const elsewhere: Delegate = { name: 'scout', description: 'Looks.', delegate: async () => ({ text: 'blue' }) };
    const model = scriptedModel(toScout, finalAnswer(1));
    const result = await new ToolCallingAgent({ model, managedAgents: [elsewhere] }).run('Go.', full);

    await expect(result.fork(1, { managed: { m1: { step: 1 } } }).result).rejects.toThrow(
      'scout is no managed agent that runs here',
    );
  });
});

describe('a fork inside a managed agent of a recording', () => {
  test('has what its events tell, at any depth, and asks the models on from there', async () => {
    const leaf = scriptedModel(call('look', { of: 'sky' }, 'l1'), finalAnswer('one'), finalAnswer('two'));
    const middle = scriptedModel(code('const it = await scout("Look at the sky."); it'), code('final_answer(it)'));
    const { look, seen } = lookedUp();
    const scout = new ToolCallingAgent({ model: leaf, tools: [look], name: 'scout', description: 'Looks.' });
    const lead = new CodeAgent({ model: middle, managedAgents: [scout], name: 'lead', description: 'Leads.' });
    const outer = scriptedModel(call('lead', { task: 'Go.' }, 'm1'), finalAnswer(1));
    const file = json(
      writeRunFile(await recordRun(new ToolCallingAgent({ model: outer, managedAgents: [lead] }), 'Go.')),
    );
    const again = scriptedModel(code('final_answer(it)'));
    const last = scriptedModel(finalAnswer(2));
    const inside = { managed: { m1: { step: 1, managed: { c1: { step: 1, results: { l1: 'at dusk' } } } } } };

    const agent = new ToolCallingAgent({ model: last, managedAgents: [lead.with({ model: again })] });
    const branch = await agent.fork(file, 1, inside).result;

    expect(branch.output).toBe(2);
    expect(JSON.stringify(leaf.requests[2]?.messages)).toContain('at dusk');
    expect(messages(last)).toContain('two');
    expect(seen).toEqual(['sky']);
  });
});
