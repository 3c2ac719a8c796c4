import { expect, test } from 'vitest';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import type { Model } from '../../src/models/model';
import { call, finalAnswer, type ScriptEntry, scriptedModel } from '../../src/testing/scripted-model';
import { tool } from '../../src/tools/tool';
import { type Clock, systemClock } from '../../src/web/clock';
import type { WorkerLimits } from '../../src/worker/worker-options';
import { asks, hostedWorker } from '../fakes/hosted-worker';

const HOUR_MS = 3_600_000;
const headers = { 'content-type': 'application/json', accept: 'text/event-stream' };
const pay = tool({
  name: 'pay',
  description: 'Pays.',
  inputs: {},
  needsApproval: true,
  repeatable: true,
  execute: () => 'paid',
});
const look = tool({ name: 'look', description: 'Looks.', inputs: {}, repeatable: true, execute: () => 'seen' });
const paying = (times: number) => Array.from({ length: times }, (_, index) => call('pay', {}, `p${index}`));

/** A run whose payments are all allowed, one after the other: what it came to, and how often its models were asked. */
async function allAllowed(
  { script, helperScript = [] }: { script: ScriptEntry[]; helperScript?: ScriptEntry[] },
  limits: WorkerLimits,
  { thinkingMs = 0, waitMs = 0 } = {},
) {
  let moved = 0;
  let asked = 0;
  const clock: Clock = { ...systemClock, now: () => Date.now() + moved };
  const timed = (...entries: ScriptEntry[]): Model => {
    const model = scriptedModel(...entries);
    return {
      modelId: 'timed',
      async *generate(request) {
        asked += 1;
        moved += thinkingMs;
        yield* model.generate(request);
      },
    };
  };
  const [model, helperModel] = [timed(...script), timed(...helperScript)];
  const helper = { name: 'helper', description: 'Helps.', tools: [look], model: helperModel };
  const visitor = () => new ToolCallingAgent({ model, tools: [pay], managedAgents: [new ToolCallingAgent(helper)] });
  const { ask, start } = asks(
    hostedWorker({ agents: { visitor }, limits: { runsPerMinute: 99, ...limits }, clock, model }),
  );
  const reply = await start({ task: 'Pay.' }, headers);
  const path = reply.headers.get('location') ?? '';
  await reply.text();
  for (;;) {
    const facts = (await (await ask(path)).json()) as { state: string; waiting?: { callId: string }[] };
    const [first] = facts.waiting ?? [];
    if (!first) return { state: facts.state, asked };
    moved += waitMs;
    const answered = await ask(`${path}/answers/${first.callId}`, { method: 'POST', body: '{"allow":true}', headers });
    await answered.text();
  }
}

test('the time that a run works counts over all that humans answer in it', async () => {
  const script = [...paying(6), finalAnswer('done')];

  const ended = await allAllowed({ script }, { maxRunMs: HOUR_MS }, { thinkingMs: 0.4 * HOUR_MS });

  expect(ended).toEqual({ state: 'budget', asked: 3 });
});

test('the time that it waits for them does not', async () => {
  const script = [...paying(4), finalAnswer('done')];

  const ended = await allAllowed({ script }, { maxRunMs: HOUR_MS }, { waitMs: 5 * HOUR_MS });

  expect(ended).toEqual({ state: 'success', asked: 5 });
});

test('steps of managed agents count over all that humans answer', async () => {
  const helped = [call('look', {}), call('look', {}), finalAnswer('helped')];
  const rounds = Array.from({ length: 4 }, (_, index) => [
    call('helper', { task: `Help ${index}.` }),
    call('pay', {}, `p${index}`),
  ]);
  const parts = { script: rounds.flat(), helperScript: Array(4).fill(helped).flat() };

  const ended = await allAllowed(parts, { maxSteps: 12 });

  expect(ended).toEqual({ state: 'budget', asked: 12 });
});

test('tokens that were estimated count over all that humans answer, those of managed agents as well', async () => {
  const parts = {
    script: [call('helper', { task: 'x'.repeat(4_000) }), ...paying(3), finalAnswer('done')],
    helperScript: [finalAnswer('helped')],
  };

  const [whole, within] = [await allAllowed(parts, {}), await allAllowed(parts, { maxTokens: 6_000 })];

  expect(whole).toEqual({ state: 'success', asked: 6 });
  expect(within.state).toBe('budget');
});
