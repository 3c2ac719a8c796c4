import { describe, expect, test } from 'vitest';
import type { AgentError } from '../../src/errors';
import { CodeAgent, ManagedAgent, type RunResult, ToolCallingAgent, tool } from '../../src/index';
import { call, calls, code, failure, finalAnswer, scriptedModel, text } from '../../src/testing/scripted-model';
import { virtualClock } from '../../src/testing/virtual-clock';

/** A tool that counts its calls: `add` gives its number plus the number of calls so far. */
function counted() {
  const seen: number[] = [];
  const add = tool({
    name: 'add',
    description: 'Adds.',
    inputs: { n: { type: 'number', description: 'A number.' } },
    execute: ({ n }) => {
      seen.push(n);
      return n + seen.length;
    },
  });
  return { add, seen };
}
const full = { returnFullResult: true } as const;
/** A saved run as a file would be that leaves them out. */
const withoutSnapshots = (saved: Record<string, unknown>) => ({
  ...saved,
  log: (saved.log as Record<string, unknown>[]).map((entry) =>
    'snapshot' in entry ? { ...entry, snapshot: 'lost' } : entry,
  ),
});
const messages = (model: ReturnType<typeof scriptedModel>) => JSON.stringify(model.requests.at(-1)?.messages);

describe('a fork of a run of code', () => {
  test('goes on with the variables as they were before the step, and leaves the run as it was', async () => {
    const model = scriptedModel(
      code('let n = 1'),
      code('n = 2'),
      code('final_answer(n)'),
      code('n += 40'),
      code('final_answer(n)'),
    );
    const result = await new CodeAgent({ model }).run('Go.', full);

    const branch = await result.fork(2).result;

    expect([result.output, branch.output]).toEqual([2, 41]);
    expect(result.steps.map((step) => step.type === 'action' && step.code)).toEqual([
      false,
      'let n = 1',
      'n = 2',
      'final_answer(n)',
    ]);
    expect(branch.runId).not.toBe(result.runId);
  });

  test('runs edited code in place of the step’s, and the model reads that', async () => {
    const model = scriptedModel(
      { content: 'I set it.\n<code>\nlet n = 1\n</code>' },
      code('final_answer(n)'),
      code('final_answer(n)'),
    );
    const result = await new CodeAgent({ model }).run('Go.', full);

    const branch = await result.fork(1, { code: 'let n = 7' }).result;

    expect([result.output, branch.output]).toEqual([1, 7]);
    expect(messages(model)).toContain('I set it.\\n<code>\\nlet n = 7\\n</code>');
    expect(model.requests).toHaveLength(3);
  });

  test.each([
    ['had no code', text('I do not know.')],
    ['had code that was cut off', { content: 'So: <code>\nlet m = ', finishReason: 'length' as const }],
    ['never came', failure(new Error('the model is down'))],
  ])('runs edited code in a step whose reply %s, with the variables that were there', async (_, reply) => {
    const model = scriptedModel(code('let n = 6'), reply, code('final_answer(0)'));
    const result = await new CodeAgent({ model })
      .run('Go.', full)
      .catch((error: AgentError) => error.result as RunResult);
    const saved = JSON.parse(JSON.stringify(await result.save()));

    const asked = scriptedModel(code('final_answer(m)'), code('final_answer(m)'));
    const edits = { code: "let m = n * 7 + '</code>'.length" };
    const branch = await new CodeAgent({ model: asked }).fork(saved, 2, edits).result;

    expect(branch).toMatchObject({ state: 'success', output: 49 });
    expect(branch.steps[2]).toMatchObject({ number: 2, code: edits.code });
    expect(await branch.fork(2, { code: 'let m = n' }).result).toMatchObject({ output: 6 });
    expect(messages(asked)).toContain('<code>\\nlet m = n\\n</code>');
  });

  test('gives an edited result to the code, and the others what they gave', async () => {
    const { add, seen } = counted();
    const model = scriptedModel(
      code('const a = await add(10); const b = await add(20); const c = a > 100 ? await add(30) : 0; [a, b, c]'),
      code('final_answer([a, b, c])'),
      code('final_answer([a, b, c])'),
    );
    const result = await new CodeAgent({ model, tools: [add] }).run('Go.', full);

    const branch = await result.fork(1, { results: { c1: 500 } }).result;

    expect(result.output).toEqual([11, 22, 0]);
    expect(branch.output).toEqual([500, 22, 33]);
    expect(seen).toEqual([10, 20, 30]);
  });

  test('gives the answer anew where it follows from an edited result', async () => {
    const { add } = counted();
    const model = scriptedModel(code('const a = await add(10); final_answer(a)'));
    const result = await new CodeAgent({ model, tools: [add] }).run('Go.', full);

    const branch = await result.fork(1, { results: { c1: 500 } }).result;

    expect([result.output, branch.output]).toEqual([11, 500]);
  });

  test('has the variables of any step: where the snapshots are gone the code is run again, and no tool with it', async () => {
    const { add, seen } = counted();
    const steps = Array.from({ length: 24 }, (_, index) => code(`var n = await add(${index})`));
    const model = scriptedModel(...steps, code('final_answer(n)'), code('final_answer(n)'), code('final_answer(n)'));
    const result = await new CodeAgent({ model, tools: [add], maxSteps: 30 }).run('Go.', full);

    const recent = await result.fork(6).result;
    const early = await result.fork(4).result;

    expect([recent.output, early.output]).toEqual([9, 5]); // what add gave: its number, and how many calls there had been
    expect(seen).toHaveLength(24);
    expect(messages(model)).not.toContain('The variables of the earlier code are gone');
  });

  test('gives the results of calls made at once in the order in which they came', async () => {
    const late = tool({
      name: 'late',
      description: 'Waits.',
      inputs: { ms: { type: 'number', description: 'How long.' } },
      execute: async ({ ms }, { clock, signal }) => {
        await clock.sleep(ms, signal);
        return ms;
      },
    });
    const race =
      'const order = []; await Promise.all([30, 10, 20].map((ms) => late(ms).then((it) => order.push(it)))); 1';
    const model = scriptedModel(code(race), code('final_answer(order)'), code('final_answer(order)'));
    const result = await new CodeAgent({ model, tools: [late] }).run('Go.', { ...full, clock: virtualClock() });

    const branch = await new CodeAgent({ model, tools: [late] }).fork(withoutSnapshots(await result.save()), 2).result;

    expect([result.output, branch.output]).toEqual([
      [10, 20, 30],
      [10, 20, 30],
    ]);
  });

  test('has the model read other words of an earlier step, and has the variables of what was done there', async () => {
    const model = scriptedModel(code('let n = 20; n'), code('final_answer(n)'), code('final_answer(n + 1)'));
    const agent = new CodeAgent({ model });
    const saved = withoutSnapshots(await (await agent.run('Go.', full)).save());

    const branch = agent.fork(saved, 2, { earlier: { 1: { said: 'I looked it up.', seen: 'It is nice.' } } });
    const { output } = await branch.result;

    expect(output).toBe(21);
    expect(messages(model)).toContain('I looked it up.');
    expect(messages(model)).toContain('It is nice.');
  });

  test('refuses words of a step that was not before it, and what are no words', async () => {
    const agent = new CodeAgent({ model: scriptedModel(code('1'), code('final_answer(1)')) });
    const result = await agent.run('Go.', full);

    await expect(result.fork(2, { earlier: { 2: { seen: 'x' } } }).result).rejects.toThrow(
      'there was no step 2 before 2',
    );
    await expect(result.fork(2, { earlier: { 1: { heard: 'x' } } } as object).result).rejects.toThrow('heard');
    await expect(result.fork(2, { earlier: { 1: { seen: 7 } } } as object).result).rejects.toThrow('earlier[1].seen');
  });

  test('tells the model that the variables are gone where the code, run again, does something else', async () => {
    const ask = code('final_answer(typeof n === "undefined" ? "gone" : n)');
    const model = scriptedModel(code('let n = Math.random(); n'), code('final_answer(n)'), ask);
    const agent = new CodeAgent({ model });
    const result = await agent.run('Go.', full);

    const branch = await agent.fork(withoutSnapshots(await result.save()), 2).result;

    expect(branch.output).toBe('gone');
    expect(messages(model)).toContain('The variables of the earlier code are gone');
  });

  test('of a saved run has the variables of each step that the run itself has', async () => {
    const typed = code('final_answer([typeof a, typeof b])');
    const model = scriptedModel(code('let a = 1'), code('let b = 2'), code('final_answer(a + b)'), typed, typed);
    const agent = new CodeAgent({ model });
    const result = await agent.run('Go.', full);
    const saved: unknown = JSON.parse(JSON.stringify(await result.save()));

    const second = await agent.fork(saved, 2).result;
    const third = await agent.fork(saved, 3).result;

    expect([second.output, third.output]).toEqual([
      ['number', 'undefined'],
      ['number', 'number'],
    ]);
    expect(messages(model)).not.toContain('The variables of the earlier code are gone');
  });

  test('of a run that failed can be made where it failed', async () => {
    const model = scriptedModel(code('let n = 5'), failure('down'), code('final_answer(n)'));
    const agent = new CodeAgent({ model });
    const failed: AgentError = await agent.run('Go.').then(
      () => Promise.reject(new Error('it did not fail')),
      (error) => error,
    );

    const branch = await (failed.result as RunResult).fork(2).result;

    expect(branch).toMatchObject({ output: 5, state: 'success' });
  });
});

describe('a fork of a run of tool calls', () => {
  test('answers an edited call with the given result, the others with theirs, and asks the model on', async () => {
    const { add, seen } = counted();
    const model = scriptedModel(
      calls(['add', { n: 1 }, 'one'], ['add', { n: 2 }, 'two']),
      finalAnswer('first'),
      finalAnswer('second'),
    );
    const result = await new ToolCallingAgent({ model, tools: [add] }).run('Go.', full);

    const branch = await result.fork(1, { results: { two: 99 } }).result;

    expect(branch.output).toBe('second');
    expect(seen).toEqual([1, 2]);
    expect(branch.steps[1]).toMatchObject({ observations: '2\n99' });
    expect(result.steps[1]).toMatchObject({ observations: '2\n4' });
  });

  test('begins with an edited reply, and reads its calls', async () => {
    const { add, seen } = counted();
    const model = scriptedModel(call('add', { n: 1 }), finalAnswer('a'), finalAnswer('b'));
    const run = new ToolCallingAgent({ model, tools: [add] }).stream('Go.');
    await run.result;

    const branch = run.fork(1, { reply: { toolCalls: [{ name: 'add', arguments: { n: 5 } }] } });
    const types: string[] = [];
    for await (const event of branch) types.push(event.type);

    expect(seen).toEqual([1, 5]);
    expect(types).toEqual([
      'run-start',
      'tool-call',
      'tool-result',
      'step',
      'tool-call',
      'tool-result',
      'step',
      'final-answer',
      'run-end',
    ]);
    expect((await branch.result).steps[1]).toMatchObject({ toolCalls: [{ id: expect.stringMatching(/^call_/) }] });
  });

  test('can have another task, for which a plan is made anew', async () => {
    const model = scriptedModel(text('plan 1'), finalAnswer(1), text('plan 2'), finalAnswer(2));
    const agent = new ToolCallingAgent({ model, planningInterval: 2 });
    const result = await agent.run('Count.', { ...full, additionalArgs: { limit: 3 } });

    const branch = await result.fork(1, { task: 'Sing.' }).result;

    expect(branch.output).toBe(2);
    expect(branch.steps[0]).toMatchObject({ task: expect.stringMatching(/^Sing\.\n[\s\S]*limit/) });
    expect(branch.steps[1]).toMatchObject({ type: 'planning', plan: expect.stringContaining('plan 2') });
    expect(result.steps[0]).toMatchObject({ task: expect.stringMatching(/^Count\./) });
  });

  test('keeps its plan otherwise', async () => {
    const model = scriptedModel(text('plan 1'), finalAnswer(1), finalAnswer(2));
    const result = await new ToolCallingAgent({ model, planningInterval: 2 }).run('Count.', full);

    const branch = await result.fork(1).result;

    expect(branch.output).toBe(2);
    expect(branch.steps.map(({ type }) => type)).toEqual(['task', 'planning', 'action']);
  });

  test('lets managed agents work anew where their step runs anew, and not where their report is known', async () => {
    const inner = scriptedModel(finalAnswer('blue'), finalAnswer('green'));
    const member = new ManagedAgent({
      agent: new ToolCallingAgent({ model: inner }),
      name: 'scout',
      description: 'Looks.',
    });
    const outer = scriptedModel(
      call('scout', { task: 'Look.' }, 'look'),
      finalAnswer(1),
      finalAnswer(2),
      call('scout', { task: 'Look.' }, 'look'),
      finalAnswer(3),
    );
    const result = await new ToolCallingAgent({ model: outer, managedAgents: [member] }).run('Go.', full);

    const later = await result.fork(2).result;
    expect([later.output, inner.requests.length]).toEqual([2, 1]);
    const anew = await result.fork(1).result;

    expect([anew.output, inner.requests.length]).toEqual([3, 2]);
    expect(anew.steps[1]).toMatchObject({ observations: expect.stringContaining('green') });
  });

  test('can be made of a fork, and be given more steps', async () => {
    const { add } = counted();
    const more = call('add', { n: 1 });
    const model = scriptedModel(more, more, text('no idea'), more, finalAnswer('done'), finalAnswer('again'));
    const agent = new ToolCallingAgent({ model, tools: [add], maxSteps: 2 });
    const result = await agent.run('Go.', full);

    const branch = await result.fork(3, {}, { maxSteps: 5 }).result;
    const second = await branch.fork(4, { task: 'Go on.' }).result;

    expect([result.state, branch.output, second.output]).toEqual(['max_steps_error', 'done', 'again']);
  });

  test('goes on with pictures of tools, values given with the task, and what an earlier run left', async () => {
    const draw = tool({
      name: 'draw',
      description: 'Draws.',
      inputs: {},
      outputType: 'image',
      execute: () => new Blob(['x'], { type: 'image/png' }),
    });
    const given: unknown[] = [];
    const show = tool({
      name: 'show',
      description: 'Shows.',
      inputs: { what: { type: 'any', description: 'What.' }, how: { type: 'any', description: 'How.' } },
      execute: (args) => given.push(args),
    });
    const showing = call('show', { what: 'image.png', how: 'style' });
    const model = scriptedModel(finalAnswer(0), call('draw', {}), showing, finalAnswer(1), showing, finalAnswer(2));
    const agent = new ToolCallingAgent({ model, tools: [draw, show] });
    await agent.run('Before.');
    const result = await agent.run('Draw.', { ...full, reset: false, additionalArgs: { style: 'wild' } });

    const branch = await result.fork(2).result;

    expect(branch.output).toBe(2);
    expect(given[1]).toEqual({ what: { type: 'image', url: 'data:image/png;base64,eA==' }, how: 'wild' });
    expect(branch.steps.map(({ type }) => type)).toEqual(result.steps.map(({ type }) => type));
  });
});

describe('what cannot be forked is refused by name', () => {
  async function finished(): Promise<RunResult> {
    const { add } = counted();
    const model = scriptedModel(call('add', { n: 1 }, 'one'), finalAnswer(1));
    return new ToolCallingAgent({ model, tools: [add] }).run('Go.', full);
  }

  test.each<[string, [number, object?, object?], string]>([
    ['a step that was not made', [3], 'there was no step 3 in this run; its steps are 1 to 2'],
    ['a step that is none', [0.5], 'there was no step 0.5'],
    ['a call that was not made', [1, { results: { two: 1 } }], 'there was no call "two" in this step; there were one'],
    ['an unknown edit', [1, { answer: 1 }], 'no option `answer`; it takes task, earlier, reply, code, results'],
    ['two edits of one thing', [1, { reply: 'x', results: { one: 1 } }], 'give one of them'],
    ['code where none ran', [1, { code: 'x' }], 'no code ran in this step'],
    ['a task that is none', [1, { task: ' ' }], 'task is " "'],
    ['a reply that is none', [1, { reply: { toolCalls: [{}] } }], 'reply.toolCalls[0] is an object'],
    ['results that are none', [1, { results: 5 }], 'results is 5'],
    ['an unknown option', [1, {}, { memory: 1 }], 'fork has no option `memory`'],
  ])('%s', async (_, args, message) => {
    const result = await finished();

    const forked = async () => Reflect.apply(result.fork, result, args).result;

    await expect(forked()).rejects.toThrow(message);
  });

  test('a run that is still under way', async () => {
    const run = new ToolCallingAgent({ model: scriptedModel(finalAnswer(1)) }).stream('Go.');

    expect(() => run.fork(1)).toThrow('when it has ended');
    await run.result;
  });
});
