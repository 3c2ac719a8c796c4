import { describe, expect, test } from 'vitest';
import { CodeAgent } from '../../src/agents/code-agent';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import { collectEvents } from '../../src/testing/collect-events';
import { recordRun } from '../../src/testing/record-run';
import { readRunFile, writeRunFile } from '../../src/testing/recording';
import { replayRun } from '../../src/testing/replay-run';
import { call, calls, code, finalAnswer, scriptedModel } from '../../src/testing/scripted-model';
import { tool } from '../../src/tools/tool';
import { UserInputTool } from '../../src/tools/user-input';
import type { Clock } from '../../src/web/clock';
import type { Fetch } from '../../src/web/fetch';

const pages: Fetch = async (input, init) => new Response(`page ${new Request(input, init).url}`);

/** An agent that looks twice, fetching so many addresses each time. */
function lookingAgent(options: object = {}, addresses = ['https://a.example/', 'https://b.example/']) {
  const look = tool({
    name: 'look',
    description: 'Looks.',
    inputs: { q: { type: 'string', description: 'What for.' } },
    execute: async ({ q }, { fetch }) => {
      for (const address of addresses) await (await fetch(address + q)).text();
      return `seen ${q}`;
    },
  });
  const model = scriptedModel(call('look', { q: 'x' }), call('look', { q: 'y' }), finalAnswer('ok'));
  return new ToolCallingAgent({ model, tools: [look], ...options });
}

const recorded = async () => {
  const file = await recordRun(lookingAgent(), 'Go.', { fetch: pages });
  return readRunFile(JSON.parse(JSON.stringify(writeRunFile(file))));
};

test.each([
  [
    'ends before the recording does',
    lookingAgent({ budget: { steps: 1 } }),
    '2 of 3 recorded model requests were not made',
  ],
  [
    'is ended by a callback of its own',
    lookingAgent({
      stepCallbacks: [(_: unknown, { abort }: { abort(reason: string): void }) => abort('enough')],
    }),
    '3 of 3 recorded model requests were not made',
  ],
  [
    'leaves out a request of a tool',
    lookingAgent({}, ['https://a.example/']),
    'GET https://b.example/x was not asked for',
  ],
  [
    'gives another answer',
    lookingAgent({
      beforeToolCall: ({ name }: { name: string }) =>
        name === 'final_answer' ? { allow: true, arguments: { answer: 'no' } } : undefined,
    }),
    'its answer is no, recorded as ok',
  ],
])('a program that %s departs from the recording, to who reads it and to who awaits it', async (_, agent, words) => {
  const file = await recorded();

  const { error } = await collectEvents(replayRun(agent, file));
  const { result } = replayRun(agent, file);

  expect(String(error)).toContain('departs from the recording');
  expect(String(error)).toContain(words);
  await expect(result).rejects.toThrow(words);
});

test('a last result of code that changed is told by the answer', async () => {
  const agent = (result: string) => {
    const look = tool({ name: 'look', description: 'Looks.', inputs: {}, execute: () => result });
    return new CodeAgent({ model: scriptedModel(code('final_answer(await look())')), tools: [look] });
  };
  const file = await recordRun(agent('before'), 'Go.');

  const { error } = await collectEvents(replayRun(agent('now'), file));

  expect(String(error)).toContain('its answer is now, recorded as before');
});

test('a run that ends in another state departs, and one that fails as it was recorded does not', async () => {
  const failing = () => new ToolCallingAgent({ model: scriptedModel(), maxSteps: 2 });
  const file = await recordRun(failing(), 'Go.');

  const same = await collectEvents(replayRun(failing(), file));
  const other = await collectEvents(replayRun(failing(), { ...file, result: { ...file.result, state: 'success' } }));

  expect(String(same.error)).not.toContain('departs');
  expect(same.error).toMatchObject({ result: { state: 'error' } });
  expect(String(other.error)).toContain('its state is "error", recorded as "success"');
});

test('who stops reading a replay, ends or aborts it is not told of a departure', async () => {
  const file = await recorded();

  const left = replayRun(lookingAgent(), file);
  for await (const event of left) if (event.type === 'step') break;
  const aborted = replayRun(lookingAgent(), file);
  const reading = collectEvents(aborted);
  aborted.abort('enough');
  const signalled = replayRun(lookingAgent(), file, { signal: AbortSignal.abort('enough') });

  await expect(left.result).rejects.toThrow('its reader left');
  expect(String((await reading).error)).toContain('enough');
  await expect(signalled.result).rejects.toThrow('enough');
});

test('answers of any shape are the same when they are', async () => {
  const value = 'const cycle = { map: new Map([[1, NaN]]), when: new Date(0), none: undefined }; cycle.self = cycle;';
  const agent = () => new CodeAgent({ model: scriptedModel(code(`${value} final_answer(cycle)`)) });
  const file = await recordRun(agent(), 'Go.');

  const live = await replayRun(agent(), file).result;
  const read = await replayRun(agent(), readRunFile(JSON.parse(JSON.stringify(writeRunFile(file))))).result;

  expect([live.state, read.state]).toEqual(['success', 'success']);
});

describe.each(['calls', 'code'] as const)('an agent that acts by %s', (kind) => {
  /** Echoes once, and answers without it. */
  const echoing = (execute: (clock: Clock) => Promise<string>, needsApproval = false) => {
    const inputs = { n: { type: 'integer', description: 'What.' } } as const;
    const echo = tool({
      name: 'echo',
      description: 'E.',
      inputs,
      needsApproval,
      execute: (_, { clock }) => execute(clock),
    });
    return kind === 'calls'
      ? new ToolCallingAgent({
          model: scriptedModel(calls(['echo', { n: 1 }, 'a'], ['user_input', { question: 'q' }, 'b'])),
          tools: [echo, new UserInputTool()],
        })
      : new CodeAgent({ model: scriptedModel(code('await echo(1); final_answer(5)')), tools: [echo] });
  };
  const plain = async () => 'said';

  test('is told to depart where it waits once more than is recorded', async () => {
    const file = await recordRun(echoing(plain), 'Go.');
    const waiting = echoing(async (clock) => {
      await clock.sleep(10);
      return 'said';
    });

    const { error } = await collectEvents(replayRun(waiting, file));

    expect(String(error)).toContain('it waits for 10 ms once more than is recorded');
  });

  test('is told to depart where a result differs that nothing hangs on', async () => {
    const file = await recordRun(echoing(plain), 'Go.');

    const same = await collectEvents(replayRun(echoing(plain), file));
    const { error } = await collectEvents(
      replayRun(
        echoing(async () => 'other'),
        file,
      ),
    );
    const failed = await collectEvents(
      replayRun(
        echoing(() => Promise.reject(new Error('no'))),
        file,
      ),
    );

    expect(same.error).toBeUndefined();
    expect(String(error)).toContain('of echo gave "other", recorded as the call');
    expect(String(failed.error)).toMatch(/of echo failed, recorded as|its state is|its answer is|is ended|request/);
  });

  test('is told to depart where a call waits for a human, or no longer does', async () => {
    const asking = await recordRun(echoing(plain, true), 'Go.');
    const free = await recordRun(echoing(plain), 'Go.');

    const fewer = await collectEvents(replayRun(echoing(plain), asking));
    const more = await collectEvents(replayRun(echoing(plain, true), free));

    for (const { error } of [fewer, more]) expect(String(error)).toMatch(/departs from.*(it waits with|its state is)/);
  });
});
