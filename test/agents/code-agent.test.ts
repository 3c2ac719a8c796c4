import { describe, expect, test } from 'vitest';
import { agentFromJSON } from '../../src/agents/agent-json';
import { CodeAgent } from '../../src/agents/code-agent';
import { ManagedAgent } from '../../src/agents/managed-agent';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import type { AgentError } from '../../src/errors';
import { Memory } from '../../src/memory/memory';
import { code, collectEvents, finalAnswer, scriptedModel, text, virtualClock } from '../../src/testing';
import { tool } from '../../src/tools/tool';
import { napping } from '../fakes/sandbox-bench';

const temperature = tool({
  name: 'temperature',
  description: 'Temperature in a city.',
  inputs: { city: { type: 'string', description: 'City.' } },
  outputType: 'string',
  execute: ({ city }) => `It is 21.5 degrees in ${city} today.`,
});
const lastMessage = (model: ReturnType<typeof scriptedModel>) =>
  String(model.requests.at(-1)?.messages.at(-1)?.content);

test('variables, functions and classes live on from step to step, and from run to run with reset: false', async () => {
  const model = scriptedModel(
    code('const base = 40;\nfunction next(n) { return n + 1 }'),
    code('final_answer(next(base))'),
    code('final_answer(next(next(base)))'),
  );
  const agent = new CodeAgent({ model });

  expect(await agent.run('Count.')).toBe(41);
  expect(await agent.run('Once more.', { reset: false })).toBe(42);
});

test('a result of one tool can be used by the next within a step', async () => {
  const model = scriptedModel(
    code("const t = await temperature({ city: 'Oslo' });\nfinal_answer((await temperature(t)).length)"),
  );

  expect(await new CodeAgent({ model, tools: [temperature] }).run('Go.')).toBeGreaterThan(40);
});

describe('what small models get wrong is answered so that they can go on', () => {
  test('a tool that does not exist: what exists, with arguments', async () => {
    const model = scriptedModel(code("await get_temperature({ city: 'Oslo' })"), code('final_answer(1)'));

    await new CodeAgent({ model, tools: [temperature] }).run('Go.');

    expect(lastMessage(model)).toContain('Did you mean temperature({ city: string })?');
    expect(lastMessage(model)).toContain('final_answer({ answer: any })');
  });

  test('the same code with the same outcome: a note, then the end', async () => {
    const same = code("console.log('hm')");
    const model = scriptedModel(same, same, same, code('final_answer(1)'));

    await expect(new CodeAgent({ model }).run('Go.')).rejects.toMatchObject({ kind: 'repeat_limit' });

    expect(lastMessage(model)).toContain('this code gave exactly this in step 1 already');
  });

  test('no line for a last value that is undefined or null', async () => {
    const model = scriptedModel(code("console.log('found it')"), code('null'), code('final_answer(1)'));

    const { steps } = await new CodeAgent({ model }).run('Go.', { returnFullResult: true });

    expect(steps.slice(1, 3)).toMatchObject([
      { observations: 'Execution logs:\nfound it' },
      { observations: 'Execution logs:' },
    ]);
  });

  test('^ for powers in code with decimals', async () => {
    const model = scriptedModel(
      code('console.log(1.028 ^ 2)'),
      code("console.log('2.5 ^ 2', 3 ^ 1)"),
      code('final_answer(1)'),
    );

    const { steps } = await new CodeAgent({ model }).run('Go.', { returnFullResult: true });

    expect(steps[1]).toMatchObject({ notes: [expect.stringContaining('x ** y')] });
    expect(steps[2]).not.toHaveProperty('notes');
  });

  test('NaN as the answer: refused once, with the text that was computed with', async () => {
    const model = scriptedModel(
      code("const t = await temperature('Oslo');\nfinal_answer(t * 2)"),
      code('final_answer(NaN)'),
    );

    const answer = await new CodeAgent({ model, tools: [temperature] }).run('Go.');

    expect(answer).toBeNaN();
    expect(lastMessage(model)).toContain('temperature gave text: "It is 21.5 degrees in Oslo today."');
  });

  test('null, zero and empty text are answers', async () => {
    const model = scriptedModel(code('final_answer(null)'), code('final_answer(0)'), code("final_answer('')"));
    const agent = new CodeAgent({ model });

    expect([await agent.run('a'), await agent.run('b'), await agent.run('c')]).toEqual([null, 0, '']);
  });

  test('variables of a stopped step are named as lost, the others live on', async () => {
    const model = scriptedModel(
      code('const kept = 1;'),
      code('const gone = 2;\nawait nap();\nwhile (true) {}'),
      code('final_answer([kept, typeof gone])'),
    );

    const { clock, nap } = napping();
    const tools = [tool({ name: 'nap', description: 'Naps.', inputs: {}, execute: nap })];

    const answer = await new CodeAgent({ model, tools }).run('Go.', { clock });

    expect(answer).toEqual([1, 'undefined']);
    expect(lastMessage(model)).toContain('gone');
  });
});

test('the error of a step names the line of the model’s own code', async () => {
  const model = scriptedModel(code('const a = 1;\nconst b = missing.value;'), code('final_answer(1)'));

  await new CodeAgent({ model }).run('Go.');

  expect(lastMessage(model)).toContain(
    "Code execution failed at line 'const b = missing.value;' due to: ReferenceError",
  );
});

test('calls that the code makes are events of their own, beside the code', async () => {
  const model = scriptedModel(code("await Promise.all([temperature('A'), temperature('B')]);\nfinal_answer('ok')"));

  const { events } = await collectEvents(new CodeAgent({ model, tools: [temperature] }).stream('Go.'));

  const calls = events.flatMap((event) => (event.type === 'tool-call' ? [event.call.name] : []));
  expect(calls).toEqual(['javascript_interpreter', 'temperature', 'temperature']);
  expect(events.filter(({ type }) => type === 'tool-result')).toHaveLength(2);
});

test('a managed agent is a function of the code; two at once run side by side', async () => {
  const sub = new ToolCallingAgent({ model: scriptedModel(finalAnswer('A'), finalAnswer('B')) });
  const member = new ManagedAgent({ agent: sub, name: 'clerk', description: 'Knows.' });
  const model = scriptedModel(
    code("const both = await Promise.all([clerk({ task: 'a' }), clerk('b')]);\nfinal_answer(both.length)"),
  );

  const result = await new CodeAgent({ model, managedAgents: [member] }).run('Go.', { returnFullResult: true });

  expect(result.output).toBe(2);
});

test('time inside a managed agent does not count against the step', async () => {
  const slow = tool({
    name: 'slow',
    description: 'Slow.',
    inputs: {},
    execute: async (_, { clock, signal }) => clock.sleep(100_000, signal).then(() => 'done'),
  });
  const sub = new ToolCallingAgent({
    name: 'clerk',
    description: 'Knows.',
    model: scriptedModel({ toolCalls: [{ name: 'slow', arguments: {} }] }, finalAnswer('ok')),
    tools: [slow],
  });
  const model = scriptedModel(code("final_answer(await clerk('x'))"));

  const answer = await new CodeAgent({ model, managedAgents: [sub] }).run('Go.', { clock: virtualClock() });

  expect(String(answer)).toContain('ok');
});

test('memory from elsewhere is gone on from, and the model is told that the variables are gone', async () => {
  const first = await new CodeAgent({ model: scriptedModel(code('const x = 1;'), code('final_answer(x)')) }).run(
    'One.',
    { returnFullResult: true },
  );
  const memory = Memory.fromJSON(JSON.parse(JSON.stringify(first.memory)));
  const model = scriptedModel(code('final_answer(typeof x)'));

  const answer = await new CodeAgent({ model }).run('Two.', { memory });

  expect(answer).toBe('undefined');
  expect(String(model.requests[0]?.messages.at(-1)?.content)).toContain('variables of the earlier code are gone');
});

test('an abort in the middle of code ends the run and the sandbox', async () => {
  const model = scriptedModel(code('while (true) {}'));
  const run = new CodeAgent({ model }).stream('Spin.');

  const error = await (async () => {
    for await (const event of run) if (event.type === 'tool-call') setTimeout(() => run.abort('enough'), 20); // in the loop, or before it
  })().catch((reason: AgentError) => reason);

  expect(error).toMatchObject({ kind: 'aborted', result: { state: 'interrupted' } });
});

test('agents come back from JSON with tools by name, and with nothing that the registry lacks', () => {
  const model = scriptedModel(text(''));
  const sub = new ToolCallingAgent({ model, tools: [temperature], maxSteps: 3 });
  const agent = new CodeAgent({
    model,
    name: 'boss',
    description: 'Leads.',
    state: { n: 2n },
    managedAgents: [new ManagedAgent({ agent: sub, name: 'clerk', description: 'Knows.' })],
  });
  const json = JSON.parse(JSON.stringify(agent));

  const copy = agentFromJSON(json, { tools: [temperature], model: () => model });

  expect(JSON.parse(JSON.stringify(copy))).toEqual(json);
  expect(copy.visualize()).toBe(agent.visualize());
  expect(() => agentFromJSON(json, { tools: [], model: () => model })).toThrow(
    /"temperature", which the registry lacks/,
  );
  expect(() => agentFromJSON({ ...json, maxSteps: -1 }, { tools: [temperature], model: () => model })).toThrow(
    /agent\.maxSteps is -1/,
  );
});

test('modules that are offered can be imported, others cannot', async () => {
  const modules = { shapes: 'export const area = (r) => Math.PI * r ** 2;' };
  const model = scriptedModel(
    code("import { area } from 'shapes';\nconsole.log(area(1))"),
    code("import fs from 'fs';"),
    code('final_answer(Math.round(area(2)))'),
  );

  const result = await new CodeAgent({ model, modules }).run('Go.', { returnFullResult: true });

  expect(result.output).toBe(13);
  expect(result.steps[2]).toMatchObject({ error: { code: 'execution', message: expect.stringContaining('shapes') } });
});

test('what a managed agent spent is counted also when the code answers before it has reported', async () => {
  const spent = { usage: { inputTokens: 90, outputTokens: 10 } };
  const wait = tool({
    name: 'wait',
    description: 'Waits.',
    inputs: {},
    execute: (_, { clock, signal }) => clock.sleep(60_000, signal),
  });
  const clerk = new ToolCallingAgent({
    name: 'clerk',
    description: 'Knows.',
    model: scriptedModel({ ...spent, toolCalls: [{ name: 'wait', arguments: {} }] }),
    tools: [wait],
  });
  const ready = tool({ name: 'ready', description: 'Gives a sign.', inputs: {}, execute: () => started });
  let start = () => {};
  const started = new Promise<void>((resolve) => {
    start = resolve;
  });
  const model = scriptedModel({ ...code("clerk('x'); await ready(); final_answer('early')"), ...spent });
  const run = new CodeAgent({ model, tools: [ready], managedAgents: [clerk] }).stream('Go.');

  for await (const event of run) if (event.type === 'tool-call' && event.call.name === 'wait') start();

  expect((await run.result).inclusiveUsage).toEqual({ inputTokens: 180, outputTokens: 20 });
});

test('a prompt function that throws fails the run, which has a result and an end', async () => {
  const promptTemplate = {
    systemPrompt: () => {
      throw new Error('no template');
    },
  };
  const agent = new CodeAgent({ model: scriptedModel(), promptTemplates: promptTemplate });

  const { events, error } = await collectEvents(agent.stream('Go.'));

  expect(error).toMatchObject({ message: expect.stringContaining('no template'), result: { state: 'error' } });
  expect(events.map(({ type }) => type)).toEqual(['run-start', 'run-end']);
});

test('state is each run’s own', async () => {
  const bump = tool({
    name: 'bump',
    description: 'Counts up.',
    inputs: { counter: { type: 'object', description: 'The counter.' } },
    execute: ({ counter }) => Object.assign(counter, { n: Number(Object(counter).n) + 1 }),
  });
  const call = { toolCalls: [{ name: 'bump', arguments: { counter: 'counter' } }] };
  const agent = new ToolCallingAgent({
    model: scriptedModel(call, finalAnswer(1), call, finalAnswer(2)),
    tools: [bump],
    state: { counter: { n: 0 } },
  });

  const runs = [
    await agent.run('One.', { returnFullResult: true }),
    await agent.run('Two.', { returnFullResult: true }),
  ];

  expect(runs.map(({ steps }) => steps[1])).toMatchObject([{ observations: '{"n":1}' }, { observations: '{"n":1}' }]);
});
