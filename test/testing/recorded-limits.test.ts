import { expect, test } from 'vitest';
import { CodeAgent } from '../../src/agents/code-agent';
import { succinctEvent } from '../../src/agents/succinct-event';
import { ToolCallingAgent } from '../../src/agents/tool-calling-agent';
import { collectEvents } from '../../src/testing/collect-events';
import { recordRun } from '../../src/testing/record-run';
import { type RunFile, readRunFile, writeRunFile } from '../../src/testing/recording';
import { replayRun } from '../../src/testing/replay-run';
import { call, code, finalAnswer, scriptedModel } from '../../src/testing/scripted-model';
import { tool } from '../../src/tools/tool';

const duration = { ms: { type: 'number', description: 'How long, in milliseconds.' } } as const;
const nap = tool({
  name: 'nap',
  description: 'Waits on the clock of the run.',
  inputs: duration,
  execute: ({ ms }, { clock, signal }) => clock.sleep(ms, signal),
});
const stay = tool({
  name: 'stay',
  description: 'Waits in real time, past its handle.',
  inputs: duration,
  execute: ({ ms }) => new Promise((resolve) => setTimeout(resolve, ms)),
});
const throughJson = (file: RunFile) => readRunFile(JSON.parse(JSON.stringify(writeRunFile(file))));
const coder = (...steps: string[]) =>
  new CodeAgent({
    model: scriptedModel(...steps.map(code), code('final_answer("done")')),
    tools: [nap, stay],
    stepTimeoutMs: 1_500,
  });
const napper = (budget?: { durationMs: number }) =>
  new ToolCallingAgent({
    model: scriptedModel(call('nap', { ms: 600 }), finalAnswer('up')),
    tools: [nap],
    ...(budget && { budget }),
  });

test.each([
  ['the last', ['await nap(5)', 'await nap(60_000)']],
  ['the first', ['await nap(60_000)', 'await nap(5); await nap(6)']],
  ['one with tools that work in real time', ['await Promise.all([stay(5), stay(9), nap(7)])', 'await nap(60_000)']],
])('of steps that wait, %s that came to its limit does so in the replay, and no other one', async (_, steps) => {
  const file = throughJson(await recordRun(coder(...steps), 'Go.'));

  const { events, error } = await collectEvents(replayRun(coder(...steps), file));

  const failed = file.events.filter((event) => event.type === 'code-output' && event.error);
  expect(error).toBeUndefined();
  expect(events.map(succinctEvent)).toEqual(file.events);
  expect(failed).toHaveLength(1);
});

test('a program in which nothing ends a wait any more that was cut short is told to depart', async () => {
  const file = throughJson(await recordRun(napper({ durationMs: 20 }), 'Go.'));

  const { error } = await collectEvents(replayRun(napper(), file));

  expect(file.result.state).toBe('budget');
  expect(String(error)).toContain('it waits for 600 ms (the call call_1_1), which was cut short');
});

test('a recording of an interrupted run that does not say where it was interrupted is refused', async () => {
  const file = await recordRun(napper(), 'Go.', { signal: AbortSignal.abort('enough') });
  const { aborted, ...rest } = file;

  expect(aborted).toBeDefined();
  expect(() => replayRun(napper(), rest)).toThrow('does not say where its run was interrupted');
});
