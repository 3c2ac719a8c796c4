import { describe, expect, test } from 'vitest';
import { type Agent, type AnyTool, CodeAgent, ToolCallingAgent, tool } from '../../src/index';
import {
  call,
  calls,
  code,
  failure,
  finalAnswer,
  type ScriptEntry,
  scriptedModel,
} from '../../src/testing/scripted-model';
import { purposeful, world } from '../fakes/deeds';
import { Journal } from '../fakes/journal';
import { inProcess } from '../fakes/sandbox-bench';

const full = { returnFullResult: true } as const;
const identity = { name: 'helper', description: 'Helps.' };

/** Six steps, one of them by a managed agent of three, in calls. */
function callingTeam(tools: readonly AnyTool[], asked: string[]): Agent {
  const inner = [
    { reply: call('send', { n: 10 }), shows: ['send of 10'] },
    { reply: call('read', { n: 11 }), shows: ['read of 11'] },
  ];
  const helper = new ToolCallingAgent({
    ...identity,
    tools,
    model: purposeful('helper', inner, finalAnswer('helped'), asked),
  });
  const deeds = [
    { reply: call('send', { n: 1 }), shows: ['send of 1'] },
    { reply: calls(['send', { n: 2 }], ['read', { n: 2 }]), shows: ['send of 2', 'read of 2'] },
    { reply: call('helper', { task: 'Help.' }), shows: ['helped'] },
    { reply: call('read', { n: 4 }), shows: ['read of 4'] },
    { reply: call('send', { n: 5 }), shows: ['send of 5'] },
  ];
  const model = purposeful('manager', deeds, finalAnswer('all done'), asked);
  return new ToolCallingAgent({ tools, managedAgents: [helper], model });
}

/** The same in code; the answer is of variables that earlier steps set. */
function codingTeam(tools: readonly AnyTool[], asked: string[]): Agent {
  const inner = [
    { reply: code('const x = await send(10); console.log(x)'), shows: ['send of 10'] },
    { reply: code('const y = await read(11); console.log(y)'), shows: ['read of 11'] },
  ];
  const helper = new CodeAgent({
    ...identity,
    tools,
    executor: inProcess,
    model: purposeful('helper', inner, code('final_answer([x, y].join(" and "))'), asked),
  });
  const deeds = [
    { reply: code('const kept = [await send(1)]; console.log(kept)'), shows: ['send of 1'] },
    {
      reply: code('console.log(await Promise.all([send(2), read(2)]))'),
      shows: ['send of 2', 'read of 2'],
    },
    { reply: code("console.log(await helper({ task: 'Help.' }))"), shows: ['send of 10 and read of 11'] },
    { reply: code('console.log(await read(4))'), shows: ['read of 4'] },
    { reply: code('const last = await send(5); kept.push(last); console.log(last)'), shows: ['send of 5'] },
  ];
  const model = purposeful('manager', deeds, code('final_answer(kept.join(", "))'), asked);
  return new CodeAgent({ tools, managedAgents: [helper], model, executor: inProcess });
}

const teams = [
  ['tool calls', callingTeam, 'all done'],
  ['code', codingTeam, 'send of 1, send of 5'],
] as const;

describe.each(teams)('a run of %s with a managed agent', (_, teamOf, answer) => {
  test('cut off after any entry of its log goes on to the same answer; no sending is made twice, no reply asked for twice', async () => {
    const whole = new Journal();
    const base: string[] = [];
    expect(await teamOf(world().tools, base).run('Go.', { log: whole.log })).toBe(answer);
    const outcomes: string[] = [];

    for (let cut = 1; cut <= whole.lines.length; cut++) {
      const { calls: made, tools } = world();
      const asked: string[] = [];
      const first = new Journal([], cut);
      const killed = teamOf(tools, asked).stream('Go.', { log: first.log });
      const ended = killed.result.catch(() => {});
      await first.stopped;
      killed.abort('killed');
      await ended;

      const second = new Journal(first.lines);
      const result = await teamOf(tools, asked).resume(second.entries(), { log: second.log }).result;

      const sent = made.filter((each) => each.startsWith('send'));
      const twice = sent.filter((each, index) => sent.indexOf(each) !== index);
      const sentAll = [1, 2, 5, 10].every((n) => sent.some((each) => each.startsWith(`send ${n} `)));
      const interrupted = second.lines.some((line) => line.includes('was interrupted')) ? 1 : 0;
      outcomes.push(`${result.output} | ${sentAll} ${twice} | asked ${asked.length - interrupted}`);
    }

    const expected = `${answer} | true  | asked ${base.length}`;
    expect(outcomes.map((outcome, index) => `${index + 1}: ${outcome}`)).toEqual(
      outcomes.map((_outcome, index) => `${index + 1}: ${expected}`),
    );
    expect(outcomes.length).toBeGreaterThan(25);
  });

  test('cut off again and again comes to its answer', async () => {
    const { calls: made, tools } = world();
    let journal = new Journal([], 3);
    let run = teamOf(tools, []).stream('Go.', { log: journal.log });
    for (let life = 1; ; life++) {
      expect(
        life,
        journal.lines
          .slice(-12)
          .map((line) => line.slice(0, 200))
          .join('\n'),
      ).toBeLessThan(40);
      const ended = run.result.then(
        (result) => result,
        () => undefined,
      );
      const result = await Promise.race([ended, journal.stopped]);
      run.abort('killed');
      if (result) {
        expect(result.output).toBe(answer);
        break;
      }
      await ended;
      journal = new Journal(journal.lines, 3 + (life % 3));
      run = teamOf(tools, []).resume(journal.entries(), { log: journal.log });
    }

    const sent = made.filter((each) => each.startsWith('send'));
    expect(new Set(sent).size).toBe(sent.length);
  });
});

/** Kills the run inside the tool `name`: it has done its work, and nobody has written that down. */
async function killedInside(name: string, agentOf: (tools: readonly AnyTool[]) => Agent) {
  const { done, tools } = world();
  const journal = new Journal();
  let entered: () => void = () => {};
  const inside = new Promise<void>((resolve) => {
    entered = resolve;
  });
  const deadly = tools.map((each) =>
    each.name === name
      ? {
          ...each,
          execute: async (args: never, handle: never) => {
            await each.execute(args, handle);
            entered();
            return new Promise(() => {});
          },
        }
      : each,
  );
  const run = agentOf(deadly).stream('Go.', { log: journal.log });
  const ended = run.result.catch(() => {});
  await inside;
  run.abort('killed');
  await ended;
  return { done, tools, journal };
}

describe('a call that was under way', () => {
  const script = (...entries: Parameters<typeof scriptedModel>) => scriptedModel(...entries);
  const agents = [
    ['tool calls', (name: string) => [call(name, { n: 1 }), finalAnswer('end')], ToolCallingAgent],
    ['code', (name: string) => [code(`console.log(await ${name}(1))`), code('final_answer("end")')], CodeAgent],
  ] as const;

  test.each(agents)('is told as interrupted and not made again (%s)', async (_, entries, Made) => {
    const [first = finalAnswer(0), last = finalAnswer(0)] = entries('send');
    const { done, tools, journal } = await killedInside(
      'send',
      (all) => new Made({ model: script(first), tools: all }),
    );

    const result = await new Made({ model: script(last), tools }).resume(journal.entries()).result;

    expect(result.output).toBe('end');
    expect(JSON.stringify(result.steps[1])).toContain('send was interrupted: the run was cut off while it ran');
    expect(done).toEqual(['send 1']);
  });

  test.each(agents)('is made again where the tool is idempotent (%s)', async (_, entries, Made) => {
    const [first = finalAnswer(0), last = finalAnswer(0)] = entries('read');
    const { done, tools, journal } = await killedInside(
      'read',
      (all) => new Made({ model: script(first), tools: all }),
    );

    const result = await new Made({ model: script(last), tools }).resume(journal.entries()).result;

    expect(result.output).toBe('end');
    expect(JSON.stringify(result.steps[1])).toContain('read of 1');
    expect(done).toEqual(['read 1', 'read 1']);
  });
});

describe('code that does something else when it is run again', () => {
  test.each([
    [
      'calls with other arguments',
      'const n = Math.floor(Math.random() * 1e9) + 2; await send(1); await read(n); await read(0)',
    ],
    ['leaves a call out', 'if (globalThis.twice === undefined) { await send(1) } await read(0)'],
  ])('%s: is stopped, and the model told what had been done', async (what, source) => {
    const model = scriptedModel(code(source));
    const { done, tools, journal } = await killedInside('read', (all) => new CodeAgent({ model, tools: all }));
    const entries = journal.entries();
    // a second life in which the variable is there, in place of chance
    const state = what.startsWith('leaves') ? { twice: 1 } : {};
    const changed = entries.map((entry) => {
      const begun = entry as { type: string };
      return begun.type === 'begin' ? { ...begun, state, newNames: Object.keys(state) } : entry;
    });

    const last = scriptedModel(code('final_answer("end")'));
    const result = await new CodeAgent({ model: last, tools }).resume(changed).result;

    expect(result.output).toBe('end');
    expect(JSON.stringify(result.steps[1])).toMatch(/did something else than before.*send\(.*gave send of 1/);
    expect(done.filter((deed) => deed === 'send 1')).toEqual(['send 1']);
    expect(JSON.stringify(last.requests[0]?.messages)).toContain('do not make them again');
  });
});

test('replies that hold no call, plans and the last word are not asked for twice', async () => {
  const whole = new Journal();
  const turns = [{ content: 'plan' }, { content: 'hm' }, call('read', { n: 1 }), { content: 'last word' }];
  const agentOf = (from: number) =>
    new ToolCallingAgent({
      model: scriptedModel(...turns.slice(from)),
      tools: world().tools,
      maxSteps: 2,
      planningInterval: 5,
    });
  await agentOf(0).run('Go.', { log: whole.log });
  const replies = (upTo: number) =>
    whole.lines.slice(0, upTo).filter((line) => /"type":"(plan|reply)"|"number":3/.test(line)).length;

  for (let cut = 1; cut <= whole.lines.length; cut++) {
    const entries = whole.lines.slice(0, cut).map((line) => JSON.parse(line));
    const result = await agentOf(replies(cut)).resume(entries).result;
    expect(result).toMatchObject({ output: 'last word', state: 'max_steps_error' });
  }
});

test('a run that failed goes on where it failed; one that came to its end tells its answer again', async () => {
  const model = scriptedModel(failure('down'), finalAnswer('after all'));
  const agent = new ToolCallingAgent({ model });
  const journal = new Journal();
  await agent.run('Go.', { log: journal.log }).catch(() => {});

  const result = await agent.resume(journal.entries(), { log: journal.log }).result;
  const again = await agent.resume(journal.entries()).result;

  expect([result.output, again.output]).toEqual(['after all', 'after all']);
  expect(model.requests).toHaveLength(2);
});

test('usage of what was done before counts in the run that goes on', async () => {
  const usage = { inputTokens: 10, outputTokens: 1 };
  const helper = () => new ToolCallingAgent({ ...identity, model: scriptedModel({ ...finalAnswer('helped'), usage }) });
  const journal = new Journal([], 7); // the helper's report is in it
  const manager = (...script: Parameters<typeof scriptedModel>) =>
    new ToolCallingAgent({ model: scriptedModel(...script), managedAgents: [helper()] });
  const run = manager({ ...call('helper', { task: 'Help.' }), usage }).stream('Go.', { log: journal.log });
  const ended = run.result.catch(() => {});
  await journal.stopped;
  run.abort('killed');
  await ended;

  const result = await manager({ ...finalAnswer(1), usage }).resume(journal.entries()).result;

  expect(result.usage).toEqual({ inputTokens: 20, outputTokens: 2 });
  expect(result.inclusiveUsage).toEqual({ inputTokens: 30, outputTokens: 3 });
});

test('a log that cannot be written ends the run before the call is made', async () => {
  const { done, tools } = world();
  const log = ({ type }: { type: string }) => (type === 'call' ? Promise.reject(new Error('disk full')) : undefined);

  const run = new ToolCallingAgent({ model: scriptedModel(call('send', { n: 1 })), tools }).run('Go.', {
    ...full,
    log,
  });

  await expect(run).rejects.toThrow('The log of the run could not be written: Error: disk full');
  expect(done).toEqual([]);
});

test('entries come one at a time, in the order of what they tell', async () => {
  const types: string[] = [];
  let writing = 0;
  const slow = tool({ name: 'slow', description: 'Slow.', inputs: {}, execute: () => 1 });
  const model = scriptedModel(calls(['slow', {}, 'a'], ['slow', {}, 'b']), finalAnswer(1));

  await new ToolCallingAgent({ model, tools: [slow] }).run('Go.', {
    log: async ({ type }) => {
      expect(++writing).toBe(1);
      await Promise.resolve();
      types.push(type);
      writing--;
    },
  });

  expect(types).toEqual([
    'begin',
    'reply',
    'call',
    'call',
    'result',
    'result',
    'step',
    'reply',
    'call',
    'result',
    'step',
    'end',
  ]);
});

test.each<[string, () => ScriptEntry[]]>([
  ['code', () => [code("const said = await helper({ task: 'Help.' }); final_answer(said)")]],
  ['calls', () => [call('helper', { task: 'Help.' }, 'h1')]],
])('a managed agent of a run of %s that was aborted in it goes on where it was', async (kind, script) => {
  const log: Record<string, unknown>[] = [];
  const slow = (execute: () => unknown) =>
    tool({ name: 'slow', description: 'Waits.', inputs: {}, idempotent: true, execute });
  const team = (inner: ScriptEntry[], outer: ScriptEntry[], execute: () => unknown) => {
    const helper = new CodeAgent({ ...identity, model: scriptedModel(...inner), tools: [slow(execute)] });
    const settings = { model: scriptedModel(...outer), managedAgents: [helper] };
    return kind === 'code' ? new CodeAgent(settings) : new ToolCallingAgent(settings);
  };
  const first = [code("let kept = 'kept'; kept"), code('const got = await slow(); final_answer([kept, got].join())')];
  const run = team(first, script(), () => new Promise(() => run.abort('crash'))).stream('Go.', {
    log: (entry) => void log.push(structuredClone(entry)),
  });
  await run.result.catch(() => undefined);

  const resumed = await team([], kind === 'code' ? [] : [finalAnswer('done')], () => 'slow').resume(log).result;

  expect(log.some(({ type, within }) => type === 'result' && (within as string[]).length === 0)).toBe(false);
  expect(JSON.stringify(resumed.steps)).toContain('kept,slow');
});
