import { expect, test } from 'vitest';
import type { AgentEvent } from '../../src/agents/agent';
import { CodeAgent } from '../../src/agents/code-agent';
import { succinctEvent } from '../../src/agents/succinct-event';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import type { Model } from '../../src/models/model';
import { collectEvents } from '../../src/testing/collect-events';
import { recordRun } from '../../src/testing/record-run';
import { type RunFile, readRunFile, writeRunFile } from '../../src/testing/recording';
import { replayRun } from '../../src/testing/replay-run';
import { call, calls, code, finalAnswer, scriptedModel, streamed } from '../../src/testing/scripted-model';
import { tool } from '../../src/tools/tool';
import type { Fetch } from '../../src/web/fetch';
import { busyTeam, changingPages } from '../fakes/busy-team';

const look = tool({
  name: 'look',
  description: 'Looks.',
  inputs: { q: { type: 'string', description: 'What.' } },
  execute: async ({ q }, { fetch, clock, signal }) => {
    if (q === 'later') await clock.sleep(60_000, signal);
    return (await fetch(`https://${q}.example/`, { signal })).text();
  },
});
const settings = { tools: [look], streamOutputs: true };
const throughJson = (file: RunFile) => readRunFile(JSON.parse(JSON.stringify(writeRunFile(file))));
/** Answers but for one address, which it never answers, and one whose body never ends. */
const pages: Fetch = (input) => {
  if (String(input).includes('silent')) return new Promise(() => {});
  const begun = new Response(new ReadableStream({ start: (body) => body.enqueue(new TextEncoder().encode('half')) }));
  return Promise.resolve(String(input).includes('endless') ? begun : new Response('seen'));
};
const mute: Model = {
  modelId: 'scripted',
  async *generate() {
    yield { type: 'text', text: 'I ' };
    await new Promise(() => {}); // and heeds no signal
  },
};
const isA = (type: AgentEvent['type']) => (event: AgentEvent) => event.type === type;

/** Records a run that is aborted so long after the first such event, in real time; at once for 0. */
async function aborted(agent: ToolCallingAgent | CodeAgent, at: (event: AgentEvent) => boolean, afterMs = 0) {
  const aborter = new AbortController();
  const onEvent = (event: AgentEvent) => {
    if (!at(event)) return;
    if (afterMs === 0) aborter.abort('enough');
    else setTimeout(() => aborter.abort('enough'), afterMs);
  };
  return throughJson(await recordRun(agent, 'Go.', { signal: aborter.signal, fetch: pages, onEvent }));
}

test.each<[string, () => ToolCallingAgent | CodeAgent, AgentEvent['type'], number]>([
  ['before it began', () => new ToolCallingAgent({ ...settings, model: scriptedModel() }), 'run-start', 0],
  ['while its model spoke', () => new ToolCallingAgent({ ...settings, model: mute }), 'text', 20],
  [
    'in the middle of a text',
    () => new ToolCallingAgent({ ...settings, model: scriptedModel(streamed('a', 'b')) }),
    'text',
    0,
  ],
  [
    'while a tool waited',
    () => new ToolCallingAgent({ ...settings, model: scriptedModel(call('look', { q: 'later' })) }),
    'tool-call',
    20,
  ],
  [
    'while a tool fetched',
    () => new ToolCallingAgent({ ...settings, model: scriptedModel(call('look', { q: 'silent' })) }),
    'tool-call',
    20,
  ],
  [
    'while a tool read',
    () =>
      new ToolCallingAgent({
        ...settings,
        model: scriptedModel(calls(['look', { q: 'endless' }], ['look', { q: 'b' }])),
      }),
    'tool-result',
    20,
  ],
  [
    'between two steps',
    () => new ToolCallingAgent({ ...settings, model: scriptedModel(call('look', { q: 'b' }), finalAnswer(1)) }),
    'step',
    0,
  ],
  [
    'by a call of code',
    () => new CodeAgent({ ...settings, model: scriptedModel(code('await look("b"); await look("silent")')) }),
    'tool-result',
    20,
  ],
  ['while code ran', () => new CodeAgent({ ...settings, model: scriptedModel(code('for (;;) {}')) }), 'tool-call', 100],
])('a run that was aborted %s is replayed to the same end', async (_, agent, type, afterMs) => {
  const file = await aborted(agent(), isA(type), afterMs);

  const { events, error } = await collectEvents(replayRun(agent(), file));

  expect(file.result.state).toBe('interrupted');
  expect(events.map(succinctEvent)).toEqual(file.events);
  expect(error).toMatchObject({ kind: 'aborted', message: file.result.error?.message });
});

test.each([3, 14, 16, 27, 45, 54])(
  'agents at work at once that are aborted after %i events are replayed to the same end',
  async (count) => {
    const aborter = new AbortController();
    let told = 0;
    const onEvent = () => {
      told += 1;
      if (told === count) setTimeout(() => aborter.abort('enough'), 2);
    };
    const team = () => busyTeam({ naps: false });
    const options = { signal: aborter.signal, fetch: changingPages(), onEvent };
    const file = throughJson(await recordRun(team(), 'Go.', options));

    const { events, error } = await collectEvents(replayRun(team(), file));

    expect(file.result.state).toBe('interrupted');
    expect(events.map(succinctEvent)).toEqual(file.events);
    expect(error).toMatchObject({ kind: 'aborted' });
  },
);

test('a program that waits for what was cut short is told to depart, and does not wait for ever', async () => {
  const agent = (budget: object) => new ToolCallingAgent({ ...settings, ...budget, model: mute });
  const file = throughJson(await recordRun(agent({ budget: { durationMs: 20 } }), 'Go.'));

  const { error } = await collectEvents(replayRun(agent({}), file));

  expect(file.result.state).toBe('budget');
  expect(String(error)).toContain('it waits for a reply of the model, which was cut short when it was recorded');
});
