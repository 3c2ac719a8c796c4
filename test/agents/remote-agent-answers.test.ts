import { expect, test } from 'vitest';
import type { HumanAnswers } from '../../src/agents/calls/human';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import { collectEvents } from '../../src/testing/collect-events';
import { calls, finalAnswer, scriptedModel } from '../../src/testing/scripted-model';
import { tool } from '../../src/tools/tool';
import { cutting, remoteWorker } from '../fakes/remote-worker';
import { payEuros } from '../fakes/small-tools';

test('a run that waits is answered by `resume`, all its calls at once', async () => {
  const model = scriptedModel(calls(['pay', { euros: 1 }, 'p1'], ['pay', { euros: 2 }, 'p/2']), finalAnswer('done'));
  const { agent, fetch } = remoteWorker({
    agents: { payer: () => new ToolCallingAgent({ model, tools: [payEuros] }) },
  });

  const waiting = await agent().run('Pay.', { fetch, returnFullResult: true });
  const [first, second] = waiting.waiting;
  const answers = { [first?.callId ?? '']: { allow: true }, [second?.callId ?? '']: { refuse: 'too dear' } } as const;
  const { events, result } = await collectEvents(agent().resume(await waiting.save(), { answers, fetch }));

  expect(waiting).toMatchObject({ state: 'waiting', waiting: [{ kind: 'approval' }, { name: 'pay' }] });
  expect(events.at(-1)).toMatchObject({ type: 'run-end', state: 'success' });
  expect(result).toMatchObject({
    output: 'done',
    waiting: [],
    steps: [{ type: 'task' }, { number: 1 }, { number: 2 }],
  });
  expect(JSON.stringify(model.requests[1]?.messages)).toMatch(/paid 1.*too dear/s);
  await expect(agent().resume(result?.runId, { answers, fetch }).result).rejects.toMatchObject({ kind: 'not_found' });
});

test('several answers are one request: the run does not wait again in between', async () => {
  const model = scriptedModel(calls(['pay', { euros: 1 }, 'p1'], ['pay', { euros: 2 }, 'p2']), finalAnswer('done'));
  const { agent, fetch, asked } = remoteWorker({
    agents: { payer: () => new ToolCallingAgent({ model, tools: [payEuros] }) },
  });
  const waiting = await agent().run('Pay.', { fetch, returnFullResult: true });

  const answers = { p1: { allow: true }, p2: { allow: true } } as const;
  const { events, result } = await collectEvents(agent().resume(await waiting.save(), { answers, fetch }));

  expect(asked().filter((each) => each.includes('/answers'))).toEqual(['POST /runs/:id/answers']);
  const types = events.map(({ type }) => type);
  expect(types.filter((type) => ['run-start', 'waiting', 'run-end'].includes(type))).toEqual(['run-start', 'run-end']);
  expect(types.filter((type) => type === 'tool-result')).toHaveLength(3);
  expect(result?.output).toBe('done');
});

test('where edited arguments of one answer do not fit its tool, no call of the others has run', async () => {
  const paid: number[] = [];
  const counted = tool({
    ...{ name: 'pay', description: 'Pays.', needsApproval: true },
    inputs: { euros: { type: 'number', description: 'How much.' } },
    execute: ({ euros }: { euros: number }) => paid.push(euros),
  });
  const model = scriptedModel(calls(['pay', { euros: 1 }, 'p1'], ['pay', { euros: 2 }, 'p2']), finalAnswer('done'));
  const { agent, fetch } = remoteWorker({ agents: { payer: () => new ToolCallingAgent({ model, tools: [counted] }) } });
  const waiting = await agent().run('Pay.', { fetch, returnFullResult: true });
  const resume = (euros: unknown) => {
    const answers = { p1: { allow: true }, p2: { allow: true, arguments: { euros } } } as const;
    return agent().resume(waiting.runId, { answers, fetch }).result;
  };

  await expect(resume('many')).rejects.toMatchObject({ kind: 'bad_request', message: expect.stringContaining('p2') });
  const none = [...paid];
  const { output } = await resume(5);

  expect([none, paid, output]).toEqual([[], [1, 5], 'done']);
});

test('an answer whose stream is cut before it brings anything is read on from there', async () => {
  const model = scriptedModel(calls(['pay', { euros: 1 }, 'p1']), finalAnswer('done'));
  const { agent, fetch } = remoteWorker({
    agents: { payer: () => new ToolCallingAgent({ model, tools: [payEuros] }) },
  });
  const waiting = await agent().run('Pay.', { fetch, returnFullResult: true });

  const answers = { p1: { allow: true } } as const;
  const cutAnswer: typeof fetch = (input, init) => (init?.method === 'POST' ? cutting(fetch, 10) : fetch)(input, init);
  const { events } = await collectEvents(agent().resume(await waiting.save(), { answers, fetch: cutAnswer }));

  expect(events.filter(({ type }) => type === 'run-start')).toHaveLength(1);
  expect(events.at(-1)).toMatchObject({ type: 'run-end', state: 'success' });
});

test.each<[string, HumanAnswers, string]>([
  [
    'to no call',
    { p1: { allow: true }, typo: { allow: true } },
    'answers["typo"]: no such call waits; waiting are "p1", "p2"',
  ],
  ['of another kind', { p1: { allow: true }, p2: { answer: 5 } }, 'answers["p2"]: pay waits for approval'],
  ['of no form', { p1: { allow: true }, p2: JSON.parse('{ "allow": false }') }, 'to refuse, give { refuse'],
])('where one answer is %s, none is given', async (_, answers, words) => {
  const model = scriptedModel(calls(['pay', { euros: 1 }, 'p1'], ['pay', { euros: 2 }, 'p2']), finalAnswer('done'));
  const { agent, fetch, asked } = remoteWorker({
    agents: { payer: () => new ToolCallingAgent({ model, tools: [payEuros] }) },
  });
  const waiting = await agent().run('Pay.', { fetch, returnFullResult: true });

  const failing = agent().resume(await waiting.save(), { answers, fetch }).result;

  await expect(failing).rejects.toMatchObject({
    name: 'AgentError',
    message: expect.stringContaining(words),
  });
  expect(asked().filter((each) => each.includes('/answers'))).toEqual([]);
});
