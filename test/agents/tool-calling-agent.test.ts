import { describe, expect, test } from 'vitest';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import type { AgentError } from '../../src/errors';
import {
  call,
  calls,
  collectEvents,
  finalAnswer,
  scriptedModel,
  streamed,
  text,
  virtualClock,
} from '../../src/testing';
import { tool } from '../../src/tools/tool';
import { addOne, wait } from '../fakes/small-tools';

test('a bad tool call is shown to the model, which may then correct it', async () => {
  const model = scriptedModel(call('add_one', { a: 'two' }), call('add_one', { a: 2 }), finalAnswer(3));
  const agent = new ToolCallingAgent({ model, tools: [addOne] });

  const answer = await agent.run('What is 2 + 1?');

  expect(answer).toBe(3);
  expect(model.requests[1]?.messages.at(-1)).toMatchObject({
    role: 'tool-response',
    content: expect.stringContaining('`a`'),
  });
});

test('an invented tool is answered with what exists, its arguments and the nearest name', async () => {
  const model = scriptedModel(call('addOne', { a: 2 }), finalAnswer(3));
  const agent = new ToolCallingAgent({ model, tools: [addOne] });

  await agent.run('What is 2 + 1?');

  const told = String(model.requests[1]?.messages.at(-1)?.content);
  expect(told).toContain('Did you mean add_one({ a: number })?');
  expect(told).toContain('final_answer({ answer: any })');
});

test('a tool that gives a Response is told so: nobody could read it', async () => {
  const look = tool({ name: 'look', description: 'Looks.', inputs: {}, execute: () => new Response('seen') });
  const model = scriptedModel(call('look', {}), finalAnswer('none'));

  await new ToolCallingAgent({ model, tools: [look] }).run('Look.');

  const told = String(model.requests[1]?.messages.at(-1)?.content);
  expect(told).toContain(
    'look failed: TypeError: execute gave a Response, which no model can read; give its text() or json()',
  );
});

test('the same call with the same result is nudged once, then ends the run', async () => {
  const model = scriptedModel(
    call('add_one', { a: 2 }),
    call('add_one', { a: 2 }),
    call('add_one', { a: 2 }),
    finalAnswer(3),
  );
  const agent = new ToolCallingAgent({ model, tools: [addOne] });

  const run = agent.run('What is 2 + 1?');

  await expect(run).rejects.toMatchObject({ kind: 'repeat_limit' });
  expect(model.requests).toHaveLength(3);
  expect(String(model.requests[2]?.messages.at(-1)?.content)).toContain('in step 1 already');
});

test('a changed result restarts the count of repeats, and a repeatable tool is never stopped', async () => {
  let polls = 0;
  const poll = tool({ name: 'poll', description: 'Polls.', inputs: {}, execute: () => `${Math.floor(polls++ / 2)}` });
  const peek = { ...poll, name: 'peek', repeatable: true, execute: () => 'same' };
  const script = [
    ...Array.from({ length: 6 }, () => call('poll', {})),
    ...Array.from({ length: 5 }, () => call('peek', {})),
    finalAnswer('done'),
  ];
  const agent = new ToolCallingAgent({ model: scriptedModel(...script), tools: [poll, peek] });

  expect(await agent.run('Poll.')).toBe('done');
});

test('no more calls are under way at once than maxParallelTools, and results keep the order of the calls', async () => {
  let underWay = 0;
  let most = 0;
  const busy = tool({
    name: 'busy',
    description: 'Works.',
    inputs: { n: { type: 'integer', description: 'n' } },
    execute: async ({ n }, { clock, signal }) => {
      most = Math.max(most, ++underWay);
      await clock.sleep(100 - n * 10, signal);
      underWay--;
      return n;
    },
  });
  const model = scriptedModel(calls(...[1, 2, 3, 4, 5].map((n) => ['busy', { n }] as const)), finalAnswer('ok'));
  const agent = new ToolCallingAgent({ model, tools: [busy], maxParallelTools: 2 });

  const result = await agent.run('Work.', { returnFullResult: true, clock: virtualClock() });

  expect(most).toBe(2);
  expect(result.steps[1]).toMatchObject({ observations: '1\n2\n3\n4\n5' });
});

describe('one agent', () => {
  test('serves runs at once without mixing them', async () => {
    const model = scriptedModel(
      call('wait', { ms: 20, word: 'first' }),
      call('wait', { ms: 10, word: 'second' }),
      finalAnswer('b'),
      finalAnswer('a'),
    );
    const agent = new ToolCallingAgent({ model, tools: [wait] });
    const clock = virtualClock();

    const results = await Promise.all([
      agent.run('One', { clock, returnFullResult: true }),
      agent.run('Two', { clock, returnFullResult: true }),
    ]);

    expect(results.map(({ steps }) => steps.length)).toEqual([3, 3]);
    expect(results.map(({ steps }) => steps[1])).toMatchObject([{ observations: 'first' }, { observations: 'second' }]);
  });

  test('goes on from its last run with reset: false, refused while such a run is under way', async () => {
    const model = scriptedModel(
      finalAnswer('Nadia'),
      call('wait', { ms: 10, word: 'x' }),
      finalAnswer('You are Nadia'),
    );
    const agent = new ToolCallingAgent({ model, tools: [wait] });
    await agent.run('I am Nadia.');
    const clock = virtualClock();

    const first = agent.run('Who am I?', { reset: false, clock, returnFullResult: true });
    await expect(agent.run('And I?', { reset: false })).rejects.toThrow(/reset: false/);

    expect((await first).steps.map(({ type }) => type)).toEqual(['task', 'action', 'task', 'action', 'action']);
  });

  test('result.continue goes on from that run, whatever ran since', async () => {
    const model = scriptedModel(finalAnswer('a'), finalAnswer('b'), finalAnswer('c'));
    const agent = new ToolCallingAgent({ model });
    const first = await agent.run('One.', { returnFullResult: true });
    await agent.run('Two.');

    const third = await first.continue('Three.');

    expect(third.steps.filter((step) => step.type === 'task').map(({ task }) => task)).toEqual(['One.', 'Three.']);
    expect(first.steps).toHaveLength(2);
  });
});

describe('step callbacks', () => {
  test('run before the step is in memory, may change it, and may end the run', async () => {
    const seen: string[] = [];
    const agent = new ToolCallingAgent({
      model: scriptedModel(call('add_one', { a: 1 }), call('add_one', { a: 2 })),
      tools: [addOne],
      stepCallbacks: [
        (step, { memory, abort }) => {
          seen.push(`${step.type} ${memory.steps.length}`);
          if (step.type === 'action') step.observations = 'changed';
          if (step.type === 'action' && step.number === 1) abort('seen enough');
        },
      ],
    });

    const error = await agent.run('Go.').catch((reason: AgentError) => reason);

    expect(seen).toEqual(['task 0', 'action 1']);
    expect(error).toMatchObject({ kind: 'aborted', result: { steps: [{}, { observations: 'changed' }] } });
  });

  test('one that throws ends the run with its name', async () => {
    function audit() {
      throw new Error('disk full');
    }
    const agent = new ToolCallingAgent({ model: scriptedModel(finalAnswer(1)), stepCallbacks: [audit] });

    await expect(agent.run('Go.')).rejects.toThrow(/audit threw: Error: disk full/);
  });
});

test('text that streams becomes events only where the agent streams', async () => {
  const script = streamed({ content: 'Hel' }, { content: 'lo' });
  const loud = new ToolCallingAgent({ model: scriptedModel(script, finalAnswer(1)), streamOutputs: true });
  const quiet = new ToolCallingAgent({ model: scriptedModel(script, finalAnswer(1)) });

  const [heard, unheard] = await Promise.all([collectEvents(loud.stream('Hi.')), collectEvents(quiet.stream('Hi.'))]);

  expect(heard.events.flatMap((event) => (event.type === 'text' ? [event.text] : []))).toEqual(['Hel', 'lo']);
  expect(unheard.events.some(({ type }) => type === 'text')).toBe(false);
});

test('a reply that a content filter stopped ends the run', async () => {
  const agent = new ToolCallingAgent({ model: scriptedModel({ content: null, finishReason: 'content_filter' }) });

  await expect(agent.run('Hi.')).rejects.toMatchObject({ name: 'AgentGenerationError', kind: 'content_filter' });
});

test('events can be read once, and the result is there whether they are read or not', async () => {
  const agent = new ToolCallingAgent({ model: scriptedModel(finalAnswer(1), finalAnswer(2)) });
  const run = agent.stream('One.');

  const [result, types] = await Promise.all([
    run.result,
    collectEvents(run).then(({ events }) => events.map(({ type }) => type)),
  ]);

  expect(result.output).toBe(1);
  expect(types.at(-1)).toBe('run-end');
  expect(() => run[Symbol.asyncIterator]()).toThrow(/read once/);
  expect((await agent.stream('Two.').result).output).toBe(2);
});

test('await using ends a run under way', async () => {
  const agent = new ToolCallingAgent({ model: scriptedModel(call('wait', { ms: 1e9, word: 'x' })), tools: [wait] });
  let result: Promise<unknown>;
  {
    await using run = agent.stream('Go.', { clock: virtualClock() });
    result = run.result;
    for await (const _ of {
      [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true as const, value: undefined }) }),
    })
      void _;
  }

  await expect(result).rejects.toMatchObject({ kind: 'aborted' });
});

test('an empty last word makes the run an error with code max_steps', async () => {
  const agent = new ToolCallingAgent({ model: scriptedModel(text('')), maxSteps: 0 });

  await expect(agent.run('Hi.')).rejects.toMatchObject({ code: 'max_steps', result: { state: 'error' } });
});

test('many calls at once are no leak of listeners', async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => warnings.push(warning);
  process.on('warning', onWarning);
  const many = Array.from({ length: 30 }, (_, number) => ['wait', { ms: 5, word: `${number}` }] as const);
  const agent = new ToolCallingAgent({ model: scriptedModel(calls(...many), finalAnswer('ok')), tools: [wait] });

  await agent.run('Go.', { clock: virtualClock() });
  await new Promise((resolve) => setImmediate(resolve)); // warnings come a turn later

  process.off('warning', onWarning);
  expect(warnings).toEqual([]);
});

test('an abort ends the run also when its reader has stopped, and the next run may go on from there', async () => {
  const agent = new ToolCallingAgent({
    model: scriptedModel(call('add_one', { a: 1 }), finalAnswer('ok')),
    tools: [addOne],
  });
  const run = agent.stream('One.', { reset: false });
  await run[Symbol.asyncIterator]().next();

  run.abort('changed my mind');

  await expect(run.result).rejects.toMatchObject({ kind: 'aborted' });
  expect(await agent.run('Two.', { reset: false })).toBeDefined();
});

test.each<[string, (signal: AbortSignal) => Promise<unknown>]>([
  [
    'pictures that never load',
    (signal) => {
      const picture = new Blob([], { type: 'image/png' });
      picture.arrayBuffer = () => new Promise(() => {});
      return new ToolCallingAgent({ model: scriptedModel() }).run('Look.', { signal, images: [picture] });
    },
  ],
  [
    'a managed agent of another kind that never answers',
    (signal) => {
      const deaf = { name: 'deaf', description: 'Hears nothing.', delegate: () => new Promise<never>(() => {}) };
      const model = scriptedModel(call('deaf', { task: 'x' }));
      return new ToolCallingAgent({ model, managedAgents: [deaf] }).run('Ask.', { signal });
    },
  ],
])('an abort does not wait for %s', async (_, start) => {
  const aborter = new AbortController();
  const run = start(aborter.signal);

  setImmediate(() => aborter.abort('enough'));

  await expect(run).rejects.toMatchObject({ kind: 'aborted' });
});
