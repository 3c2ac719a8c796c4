import { expect, test } from 'vitest';
import { eventTime } from '../../src/agents/event-time';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import type { Model } from '../../src/models/model';
import { collectEvents } from '../../src/testing/collect-events';
import { call, calls, finalAnswer, type ScriptEntry, scriptedModel } from '../../src/testing/scripted-model';
import { tool } from '../../src/tools/tool';
import { LiveTrace } from '../../src/trace-viewer/rows/live-trace';
import type { TraceRow } from '../../src/trace-viewer/trace';
import { type Clock, systemClock } from '../../src/web/clock';
import { remoteWorker } from '../fakes/remote-worker';

const BEGIN_MS = Date.UTC(2026, 0, 1);
const PAGE_MS = BEGIN_MS + 7_200_000; // another clock, much later

/** A worker whose clock moves by what its models and tools take, and by nothing else. */
function timedWorker() {
  let now = BEGIN_MS;
  const clock: Clock = { ...systemClock, now: () => now };
  const timed = (ms: number, ...entries: ScriptEntry[]): Model => {
    const model = scriptedModel(...entries);
    return {
      modelId: 'timed',
      async *generate(request) {
        now += ms;
        yield* model.generate(request);
      },
    };
  };
  const slow = (name: string, ms: number, needsApproval = false) =>
    tool({
      ...{ name, description: 'Slow.', inputs: {}, needsApproval },
      execute: () => {
        now += ms;
        return 'seen';
      },
    });
  const wait = (ms: number) => {
    now += ms;
  };
  return { clock, timed, slow, wait };
}

/** How long each row took, with its label, as a page shows a run that it opens when all is over. */
function durations(events: readonly unknown[]): string[] {
  const live = new LiveTrace({ now: () => PAGE_MS });
  for (const event of events) live.add(event);
  const lines: string[] = [];
  const add = ({ kind, subject, startMs, endMs = Number.NaN, children }: TraceRow, depth: number) => {
    const [from, tookMs] = [Math.round(startMs - BEGIN_MS), Math.round(endMs - startMs)];
    lines.push(`${'  '.repeat(depth)}${kind} ${subject} ${from} +${tookMs}`);
    for (const child of children) add(child, depth + 1);
  };
  for (const root of live.trace.roots) add(root, 0);
  return lines;
}

test('a run that is opened after its end shows what each step, model call and tool call took there', async () => {
  const { clock, timed, slow } = timedWorker();
  const helper = () =>
    new ToolCallingAgent({
      ...{ name: 'helper', description: 'Helps.', tools: [slow('look', 40)] },
      model: timed(200, call('look', {}), finalAnswer('helped')),
    });
  const script = [call('look', {}), call('helper', { task: 'Help.' }), finalAnswer('done')];
  const model = timed(3_000, ...script);
  const agents = {
    manager: () => new ToolCallingAgent({ model, tools: [slow('look', 500)], managedAgents: [helper()] }),
  };
  const { agent, fetch } = remoteWorker({ agents, clock });
  const { runId } = await agent().run('x', { fetch, returnFullResult: true });

  const { events } = await collectEvents(agent().resume(runId, { fetch }));

  expect(durations(events)).toEqual([
    'agent ToolCallingAgent 0 +9940',
    '  step Step 1 0 +3500',
    '    model model 0 +3000',
    '    tool look 3000 +500',
    '  step Step 2 3500 +3440',
    '    model model 3500 +3000',
    '    agent helper 6500 +440',
    '      step Step 1 6500 +240',
    '        model model 6500 +200',
    '        tool look 6700 +40',
    '      step Step 2 6740 +200',
    '        model model 6740 +200',
    '        tool final_answer 6940 +0',
    '  step Step 3 6940 +3000',
    '    model model 6940 +3000',
    '    tool final_answer 9940 +0',
  ]);
});

test.each(['at once', 'as it was'])(
  'the hours in which a run waits for a human, read %s, are no time of a model or a tool',
  async (how) => {
    const { clock, timed, slow, wait } = timedWorker();
    const model = timed(1_000, calls(['pay', {}, 'p1'], ['pay', {}, 'p2'], ['look', {}, 'l1']), finalAnswer('done'));
    const tools = [slow('pay', 70, true), slow('look', 5)];
    const { agent, fetch } = remoteWorker({ agents: { payer: () => new ToolCallingAgent({ model, tools }) }, clock });
    const parts = [await collectEvents(agent().stream('x', { fetch }))];
    const { runId } = parts[0]?.result ?? {};

    for (const callId of ['p2', 'p1']) {
      wait(3_600_000);
      const answers = { [callId]: { allow: true } } as const;
      parts.push(await collectEvents(agent().resume(runId, { answers, fetch })));
    }
    const whole = await collectEvents(agent().resume(runId, { fetch }));

    const shown = how === 'at once' ? whole.events : parts.flatMap(({ events }) => events);
    expect(durations(shown)).toEqual([
      'agent ToolCallingAgent 0 +7202145',
      '  step Step 1 0 +7201145',
      '    model model 0 +1000',
      '    tool pay 7201075 +70',
      '    tool pay 3601005 +70',
      '    tool look 1000 +5',
      '  step Step 2 7201145 +1000',
      '    model model 7201145 +1000',
      '    tool final_answer 7202145 +0',
    ]);
  },
);

test('the time of an event is told beside it, and is no part of it', async () => {
  const { clock, timed } = timedWorker();
  const { agent, fetch, requests } = remoteWorker({ clock, model: timed(1_500, finalAnswer('done')) });

  const { events } = await collectEvents(agent().stream('x', { fetch }));
  const told = await (await fetch(`${requests[0]?.url}/${events[0]?.runId}/events`)).text();

  expect(eventTime({ ...events[0] } as (typeof events)[0])).toBeUndefined();
  expect([eventTime(events[0] as (typeof events)[0]), eventTime(events.at(-1) as (typeof events)[0])]).toEqual([
    BEGIN_MS,
    BEGIN_MS + 1_500,
  ]);
  expect(JSON.stringify(events)).not.toContain(String(BEGIN_MS + 1_501));
  expect(told.match(/^at: \d+\nid: \d+\ndata: \{.*\}$/gm)).toHaveLength(events.length);
});

test.each(['', 'soon', '-5', '1e400', 'NaN', '12 34', '9'.repeat(40)])(
  'a worker that says %j for a time says none, and its events are read all the same',
  async (at) => {
    const { agent, fetch } = remoteWorker();
    const strange: typeof fetch = async (input, init) => {
      const reply = await fetch(input, init);
      const text = (await reply.text()).replace(/^at: .*$/gm, `at: ${at}`);
      return new Response(text, reply);
    };

    const { events } = await collectEvents(agent().stream('x', { fetch: strange }));

    expect(events.at(-1)).toMatchObject({ type: 'run-end', state: 'success' });
    expect(events.map(eventTime)).toEqual(events.map(() => undefined));
  },
);
