import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { AgentRun } from '../../src/agents/agent';
import { CodeAgent } from '../../src/agents/code-agent';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import { runWatcher } from '../../src/telemetry';
import { call, code, collectEvents, finalAnswer, scriptedModel } from '../../src/testing';
import { tool } from '../../src/tools/tool';
import { inProcess } from '../fakes/sandbox-bench';
import { tracing } from '../fakes/tracing';

const full = { returnFullResult: true } as const;
const allowed = { answers: { p: { allow: true } } } as const;
const { tracerProvider, spans } = tracing();
const telemetry = runWatcher({ tracerProvider });
const paid: number[] = [];
afterEach(() => void paid.splice(0));

/** Pays once it is allowed to, in calls or in code; it may have asked for that already. */
function payer(kind: 'calls' | 'code', { amount = z.object({ n: z.number() }), hasAsked = false }: PayerFacts = {}) {
  const pay = tool({
    name: 'pay',
    description: 'Pays.',
    inputs: amount,
    needsApproval: true,
    execute: ({ n }) => paid.push(n),
  });
  const asking = kind === 'calls' ? call('pay', { n: 5 }, 'p') : code('const sum = await pay(5)');
  const answer = kind === 'calls' ? finalAnswer(1) : code('final_answer(sum)');
  const model = scriptedModel(...(hasAsked ? [] : [asking]), answer);
  if (kind === 'calls') return new ToolCallingAgent({ model, tools: [pay] });
  return new CodeAgent({ model, tools: [pay], executor: inProcess });
}

interface PayerFacts {
  amount?: z.ZodType<{ n: number }>;
  hasAsked?: boolean;
}

/** What `payer` left when it had to wait, as JSON, and the answer that lets it go on. */
async function waiting(kind: 'calls' | 'code') {
  const result = await payer(kind).run('Pay.', full);
  const answers = Object.fromEntries(result.waiting.map(({ callId }) => [callId, { allow: true } as const]));
  return { saved: JSON.parse(JSON.stringify(await result.save())) as unknown, answers };
}

async function read(run: AgentRun) {
  const before = spans().length;
  const { events, error } = await collectEvents(run);
  const roots = spans()
    .slice(before)
    .filter(({ parentSpanContext }) => !parentSpanContext);
  return { events: events.map(({ type }) => type), first: events[0], error, roots: roots.length };
}

const interrupted = { events: ['run-start', 'run-end'], error: { kind: 'aborted' }, roots: 1 };

describe.each(['calls', 'code'] as const)('a saved run of %s that goes on', (kind) => {
  test('aborted before it is read, or while it is, begins and ends as any run does', async () => {
    const { saved, answers } = await waiting(kind);
    const signal = AbortSignal.abort('too late');

    const resumed = await read(payer(kind).resume(saved, { answers, signal, telemetry }));
    const forked = await read(payer(kind).fork(saved, 1, {}, { signal, telemetry }));
    const cutOff = payer(kind).resume(saved, { answers, telemetry });
    const reading = read(cutOff);
    cutOff.abort('enough');

    expect(resumed).toMatchObject({ ...interrupted, first: { task: 'Pay.' } });
    expect(forked).toMatchObject({ ...interrupted, first: { task: 'Pay.' } });
    expect(await reading).toMatchObject(interrupted);
    expect(paid).toEqual([]);
  });

  test('keeps what it knew where it was aborted: its result goes on to the answer', async () => {
    const { saved, answers } = await waiting(kind);
    const run = payer(kind).resume(saved, { answers, signal: AbortSignal.abort() });
    const { error } = await collectEvents(run);

    const kept = await (error as { result: { save(): Promise<unknown> } }).result.save();
    const result = await payer(kind, { hasAsked: true }).resume(JSON.parse(JSON.stringify(kept))).result;

    expect(result).toMatchObject({ state: 'success', output: 1 });
    expect(paid).toEqual([5]);
  });
});

test('a saved run that is refused is thrown before any event, aborted or not', async () => {
  const signal = AbortSignal.abort('too late');

  const forged = await read(payer('calls').resume({ kind: 'run/2' }, { signal, telemetry }));
  const { saved } = await waiting('calls');
  const unasked = await read(payer('calls').fork(saved, 7, {}, { signal, telemetry }));

  expect(forged).toMatchObject({ events: [], error: { name: 'AgentConfigurationError' }, roots: 0 });
  expect(unasked).toMatchObject({ events: [], error: { name: 'AgentConfigurationError' }, roots: 0 });
});

test('a reading that never ends is one that an abort ends, with its beginning and its end', async () => {
  const { saved } = await waiting('calls');
  const stuck = z.object({ n: z.number() }).refine(() => new Promise<boolean>(() => {}));
  const run = payer('calls', { amount: stuck }).resume(saved, {
    answers: { p: { allow: true, arguments: { n: 6 } } },
    telemetry,
  });
  const reading = read(run);

  setImmediate(() => run.abort('enough'));

  expect(await reading).toMatchObject(interrupted);
});

test('a run that had come to its answer does not tell it again to who aborts', async () => {
  const ended = await new ToolCallingAgent({ model: scriptedModel(finalAnswer(1)) }).run('Go.', full);
  const agent = new ToolCallingAgent({ model: scriptedModel() });
  await agent.resume(await ended.save()).result; // its loop is there

  const again = await read(agent.resume(await ended.save(), { signal: AbortSignal.abort(), telemetry }));

  expect(again).toMatchObject(interrupted);
});

test('answers that cannot be written end the run before anything is done by them', async () => {
  const { saved } = await waiting('calls');
  const log = () => Promise.reject(new Error('the disk is full'));

  const resumed = await read(payer('calls').resume(saved, { ...allowed, log, telemetry }));

  expect(resumed).toMatchObject({ ...interrupted, error: { message: expect.stringContaining('the disk is full') } });
  expect(paid).toEqual([]);
});
